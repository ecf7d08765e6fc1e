"""Every symbol of Yedida & Saha (2021), once. A symbol has a sort and nothing more: ranges stand in the statements."""

from sympy import Function, Symbol, symbols

from theory.proof import Column, ColumnOf

# A data set: X has one sample a row, y one target a sample
X = Symbol("X", commutative=False)
y = Column("y")
m = Symbol("m", integer=True)  # how many samples
sample = Column("x")  # one sample, as a column
label, z, t = symbols("y_1 z t", real=True)  # one label, one logit, another
weight, activation = symbols("w_1 a_1", real=True)  # one weight, and what it multiplies
w, v = Column("w"), Column("v")  # weights; other weights
d = Symbol("d", real=True)  # a small number
K = Symbol("K", real=True)  # a bound of the weights' norm
u, u_2 = Column("u_1"), Column("u_2")  # other weights; where the gradient is largest
multiplier = Symbol("mu", real=True)  # of the ball's constraint
sigma = Symbol("sigma", real=True)  # a spectral norm
i, j, k = symbols("i j k", integer=True)  # a sample; a class or a coordinate; how many classes

# A network's outputs for all samples
a, b = Column("a"), Column("b")
K_a, K_z = symbols("K_a K_z", real=True)  # bounds of the last and of the last but one activations

# Regularisation
lam = Symbol("lambda", real=True)
root = Symbol("c", real=True)  # a multiple of the identity
Gamma = Symbol("Gamma", commutative=False)  # Tikhonov's matrix
L = Symbol("L", real=True)  # a Lipschitz constant

# One sample, letters for single numbers
x = Function("x", commutative=False)  # x(i), the i-th sample, a column
unit = Symbol("e", commutative=False)  # units, in exact instances

# The optimizers of section 6: step by step
s, n = symbols("s n", integer=True)  # a step; the last one
epoch, batches = symbols("t_epoch n_epoch", integer=True)  # an epoch; how many steps it has
beta, other_beta = symbols("beta_1 beta_2", real=True)
eta, target = symbols("eta q", real=True)  # a step size; a number
scale = Symbol("r", real=True)  # what the loss is multiplied by
V, S, g, squares = (Function(name, commutative=False) for name in ("V", "S", "g", "g_squared"))  # gradients, their averages
direction = Symbol("u", commutative=False)  # of length 1
most, K_1, K_2 = (Function(name, real=True) for name in ("M", "Kbar_1", "Kbar_2"))  # bounds of the gradients' norms, their averages
position, slope_at, speed, accumulated = (Function(name, real=True) for name in ("omega", "gamma", "V_1", "S_1"))  # one coordinate
other_speed, other_accumulated = (Function(name, real=True) for name in ("V_2", "S_2"))  # the same for the loss times r
other_K_1, other_K_2 = (Function(name, real=True) for name in ("Khat_1", "Khat_2"))
height = Function("height", real=True)  # a loss of one parameter
# Softmax, one sample
logit = Function("z", real=True)  # z(j), the logit of the class j
row = Symbol("p", integer=True)  # the class whose weights are looked at

# A gradient, sample by sample
g_w = Column("g")  # the gradient of one output
label_of = Function("y", real=True)  # y(i), the label of the sample i
chosen = Function("c", real=True)  # c(i), 1 for the samples of a subset and 0 for the others
data = Symbol("D", commutative=False)  # the transpose of X: one sample a column
x_i = ColumnOf(data, i)

# Softmax regression
G, W, class_units, A = symbols("G W U A", commutative=False)
# the gradient; the weights, one class a row; the classes; the outputs, a sample a column
output = Function("a", real=True)  # a(i, j), the softmax value of the class j for the sample i
true, best = Function("t", integer=True), Function("b", integer=True)  # of each sample the true class, and another

class_vector = Function("e_of", commutative=False)  # e_of(j), the vector of the class j: a unit vector, or any other
sample_unit = Function("s_of", commutative=False)  # s_of(i), the unit vector of the sample i
choice = Symbol("C", commutative=False)  # a class for each sample: C s_of(i) is the vector of the i-th one's; or a subset, with 1 and 0

# One weight of the last layer, all samples
signals, inputs = Column("s"), Column("h")  # the gradient in the logits; the activations that the weight meets
unit_q = Symbol("q", integer=True)  # one of n units

# Softmax where one logit moves
others, numerator = symbols("r c_j", real=True)  # the sum of e^z over the other classes, and that of one of them
log_value = Function("l", real=True)  # l(j), the logarithm of the softmax value of the class j, for one sample

# Signs chosen one by one
signs = Function("s", real=True)  # s(i), 1 or -1
partial = Symbol("Q", commutative=False)  # the partial sums, one a column
# Section 3: a differentiable loss of parameters of any shape, its gradient, and one step of gradient descent
loss, rho = Function("f", real=True), Function("rho", real=True)  # the loss; its domain is {rho > 0}
gradient = Function("g", commutative=False)
params, params_2, heading = symbols("U V S", commutative=False)  # parameters; other parameters; a direction
alpha, curvature, M = symbols("alpha beta M", real=True)  # a step size; how fast the gradient may change; a bound of the gradient's norm
eps, radius = symbols("epsilon r", real=True)  # any positive number; how near is near
surface, east, north = (Function(name, real=True) for name in ("F", "F_1", "F_2"))  # a loss of two parameters, its partial derivatives
r, up = symbols("r s", real=True)  # two parameters
p_1, p_2, q_1, q_2 = symbols("p_1 p_2 q_1 q_2", real=True)  # two points

# Section 3.3: the last layer of a network; a network of any depth and width
frame = Symbol("I", commutative=False)  # the identity; its columns are the units
act, err = Function("phi", real=True), Function("E", real=True)  # an activation; the error, as a function of one output
bias = Symbol("beta_0", real=True)  # the bias of one node
p_j, q_j = symbols("p q", real=True)  # dE/da_j and da_j/dz_j
width, n_outputs = symbols("n k_L", integer=True)  # how many nodes the last but one and the last layer have
signal, steepness, activation_of = (Function(name, real=True) for name in ("p_of", "q_of", "a_of"))  # the three factors, node by node
P, Q = symbols("P Q", real=True)  # the largest of the first two

# A network of any depth and widths: layer l has n(l) nodes, and turns a(l - 1) into a(l)
layer, depth, node_h = symbols("l D h", integer=True)  # a layer; the last one; a node
nodes = Function("n", integer=True)
into, outputs, logits, shifts = (Function(name, commutative=False) for name in ("W", "a", "z", "b"))  # weights, activations, z, biases
gates, deltas, units = (Function(name, commutative=False) for name in ("J", "delta", "I"))  # diag g'(z); dE/dz; identities
gain = Function("kappa", real=True)  # the spectral norm of one step of backpropagation
bound = Symbol("B", real=True)

# How many epochs until the loss is below a threshold, on a quadratic; and one step seen in other coordinates
part_of, curvature_of = Function("ell", real=True), Function("lambda_of", real=True)  # a coordinate's part of the loss; its curvature
reached = Symbol("E_alpha", integer=True)  # the first epoch below the threshold
threshold, early, late = symbols("T_L C_1 C_2", real=True)  # the threshold; a time before the flow is below it; a time after
place, other_place = Function("w_at", commutative=False), Function("v_at", commutative=False)  # weights, step by step; in other coordinates
other_position = Function("upsilon", real=True)  # one weight, step by step, in other coordinates
axis = Function("axis", commutative=False)  # axis(j), the weights whose j-th is 1 and all others 0
turn = Symbol("Omega", commutative=False)  # an orthogonal matrix
most_at = Function("M_at", real=True)  # the bound M as a function of the weights

# One feature of all samples, and what it is divided by; the two estimates of section 6.3
entry, total, count = Function("x_of", real=True), Symbol("X_1", real=True), Symbol("N", integer=True)
column_square = Function("X_2", real=True)  # X_2(j), the sum of the squares of the j-th feature
hot, slope_of, weight_of = (Function(name, real=True) for name in ("h_of", "g_of", "w_of"))  # 1 for the true class; a gradient; weights

# The Hessian of a loss of several logits
component = Function("xi", real=True)  # xi(j), the j-th entry of a direction in the space of logits

# The network of Table 4: the images' side, the channels, the units before the last layer
side, hidden = symbols("n_0 n_1", integer=True)
c_1, c_2, c_3 = symbols("c_1 c_2 c_3", integer=True)
