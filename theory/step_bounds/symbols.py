"""Every symbol of Nar & Sastry (2018), once. A symbol has a sort and nothing more: ranges stand in the statements."""

from sympy import Function, Symbol, symbols

from theory.proof import Column, Map

# Gradient descent on a function of one variable
delta = Symbol("delta", real=True)  # the step size
t, s = symbols("t s", real=True)  # a state and its image
x = Function("x", real=True)  # an orbit x(0), x(1), ...
y = Function("y", real=True)  # its moduli
k = Symbol("k", integer=True)  # the number of steps done
p, q, c = symbols("p q c", real=True)  # the exponent of |x|^p, q = p - 1, and a fixed modulus
g = Symbol("g", real=True)  # a gain
r = Symbol("r", real=True)  # L - 2
m = Symbol("m", integer=True)  # half of an even exponent L = 2 m

# Deep networks
L = Symbol("L", integer=True)  # the depth
j = Symbol("j", integer=True)  # a layer
K = Symbol("K", integer=True)  # the number of steps of a run
n = Symbol("n", integer=True)  # a dimension
N = Symbol("N", integer=True)  # the number of data points
i = Symbol("i", integer=True)  # a data point, or a number of layers
rho, sigma, lam = symbols("rho sigma lambda", real=True)  # spectral norms, and an eigenvalue of R
mu = Symbol("mu", real=True)  # an eigenvalue of the map of the error (7)
a, b = symbols("a b", real=True)  # the weights of a scalar network of depth 2
alpha = Function("alpha", real=True)  # alpha(j), the number by which layer j is multiplied
beta, epsilon = symbols("beta epsilon", real=True)  # the least modulus of these numbers, and a radius
ell = Function("ell", real=True)  # any cost of the product
zeta = Function("zeta", real=True)  # bounds of the terms of higher order, layer by layer
w = Function("w", real=True)  # an eigenvalue of the common layer along the run
W = Function("W", commutative=False)  # W(j), the j-th layer; W(j, k), the same after k steps
D = Function("D", commutative=False)  # D(j), a direction in layer j
P = Function("P", commutative=False)  # P(j) = W(j) ... W(1)
Q = Function("Q", commutative=False)  # Q(j) = W(L) ... W(j)
R, E = symbols("R E", commutative=False)  # the target, and the error of the estimate
nearest = Symbol("R_plus", commutative=False)  # the positive semidefinite matrix nearest to R
u, v = Column("u"), Column("v")  # the singular vectors of the estimate for its largest singular value
C = Function("C", commutative=False)  # C(j), the derivative of P(j) in the direction D(1), ..., D(j)
G = Function("G", commutative=False)  # G(j), half of its second derivative
inputs = Symbol("X", commutative=False)  # the data, one column a point
H = Symbol("H", commutative=False)  # a matrix: the argument of the maps of Lemma 1 and (7), and of a cost
Left, Right = Function("A", commutative=False), Function("B", commutative=False)  # A(j), B(j), the factors of such a map
V = Function("V", commutative=False)  # V(j), the j-th layer after a step; V(j, k), a residual layer after k steps, of weight 1 + V(j, k)
PV = Function("P_V", commutative=False)  # P_V(j, k) = (1 + V(j, k)) ... (1 + V(1, k))
QV = Function("Q_V", commutative=False)  # Q_V(j, k) = (1 + V(L, k)) ... (1 + V(j, k))
U = Function("U", commutative=False)  # U(j) = V(j) ... V(1)
M = Function("M", commutative=False)  # M(j), the j-th layer of other weights
S = Function("S", commutative=False)  # S(j) = M(j) ... M(1)
T = Function("T", commutative=False)  # T(j), the product of the layers multiplied by alpha(1), ..., alpha(j)
Omega = Function("Omega", commutative=False)  # Omega(j), what moved layers add to the product beyond first order
omega = Symbol("omega", commutative=False)  # what a step adds to the error beyond first order, the paper's o(E)

# Gradient descent as a map on R^n
F, f = Map("F"), Map("f")  # one step of GD, and the loss
X, Y = Column("X"), Column("Y")  # a point, and the gradient there
low, high = symbols("lambda_min lambda_max", real=True)  # the extreme eigenvalues of the Hessian there, or of R
A, Z = Symbol("A", commutative=False), Column("Z")  # an affine map x -> A x + Z
phi = Function("phi", real=True)  # the loss along a ray

# Oscillations
slope = Function("slope", real=True)  # the derivative of a loss of one variable
xi = Function("xi", real=True)  # the randomness of a stochastic gradient, step by step

# Two-layer ReLU networks x -> W relu(V x - b)
top, bottom = Symbol("W", commutative=False), Symbol("V", commutative=False)  # the weights W and V
bias = Column("bias")  # b, fixed
targets = Symbol("Y", commutative=False)  # the f(x_i), one column a point
Gamma = Function("Gamma", commutative=False)  # Gamma(i), the units that are active at x_i: relu(V x_i - b) = Gamma(i) (V x_i - b)
top_step, bottom_step = Symbol("dW", commutative=False), Symbol("dV", commutative=False)  # a direction in W and V
z = Column("z")  # a point that need not be in the data; Gamma(0) are the units that are active there
row = Column("w")  # the weights of a network with one output: W = u w'
eta = Function("eta", real=True)  # eta(i), its target at x_i: y_i = eta(i) u

# Rescaled solutions
nu = Function("nu", real=True)  # nu(j) = 1/alpha(j)
Pi = Function("Pi", real=True)  # Pi(j) = alpha(j) ... alpha(1)
h = Function("h", real=True)  # the terms of a sum
theta = Symbol("theta", real=True)  # layer j is rescaled by theta^(2j - L - 1)
kappa = Symbol("kappa", real=True)  # a Lipschitz constant of the gradient
d = Column("d")  # the difference of two inputs
e1, e2 = Column("e1"), Column("e2")  # orthonormal singular vectors of the target, for its two largest singular values rho and sigma
