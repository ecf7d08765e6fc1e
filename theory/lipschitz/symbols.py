"""Every symbol of Yedida & Saha (2021), once. A symbol has a sort and nothing more: ranges stand in the statements."""

from sympy import Function, Symbol, symbols

from theory.proof import Column

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

# Section 3: a differentiable loss of parameters of any shape, its gradient, and one step of gradient descent
loss, rho = Function("f", real=True), Function("rho", real=True)  # the loss; its domain is {rho > 0}
gradient = Function("g", commutative=False)
U, V, S = symbols("U V S", commutative=False)  # parameters; other parameters; a direction
alpha, beta, M = symbols("alpha beta M", real=True)  # a step size; how fast the gradient may change; a bound of the gradient's norm
eps, radius = symbols("epsilon r", real=True)  # any positive number; how near is near
height, east, north = (Function(name, real=True) for name in ("F", "F_1", "F_2"))  # a loss of two parameters, its partial derivatives
r, s = symbols("r s", real=True)  # two parameters
p_1, p_2, q_1, q_2 = symbols("p_1 p_2 q_1 q_2", real=True)  # two points

# Section 3.3: the last layer of a network; a network of any depth and width
frame = Symbol("I", commutative=False)  # the identity; its columns are the units
act, err = Function("phi", real=True), Function("E", real=True)  # an activation; the error, as a function of one output
bias = Symbol("beta_0", real=True)  # the bias of one node
p, q = symbols("p q", real=True)  # dE/da_j and da_j/dz_j
width, n_outputs = symbols("n k_L", integer=True)  # how many nodes the last but one and the last layer have
signal, steepness, activation_of = (Function(name, real=True) for name in ("p_of", "q_of", "a_of"))  # the three factors, node by node
P, Q = symbols("P Q", real=True)  # the largest of the first two

# A network of any depth and widths: layer l has n(l) nodes, and turns a(l - 1) into a(l)
layer, depth, h = symbols("l D h", integer=True)  # a layer; the last one; a node
nodes = Function("n", integer=True)
into, outputs, logits, shifts = (Function(name, commutative=False) for name in ("W", "a", "z", "b"))  # weights, activations, z, biases
gates, deltas, units = (Function(name, commutative=False) for name in ("J", "delta", "I"))  # diag g'(z); dE/dz; identities
gain = Function("kappa", real=True)  # the spectral norm of one step of backpropagation
bound = Symbol("B", real=True)
