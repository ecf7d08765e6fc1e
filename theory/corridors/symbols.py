"""Every symbol of Dherin & Rosca (2024), once. A symbol has a sort and nothing more: ranges stand in the statements."""

from sympy import Function, Symbol, symbols

from theory.proof import Column

# The loss L, a 1 x 1 matrix, its gradient g, a column, and its Hessian H, for parameters theta of any dimension
L, g, H = (Function(name, commutative=False) for name in "LgH")
U, S = symbols("U S", commutative=False)  # arguments: parameters; nothing
theta = Function("theta", commutative=False)  # theta(n), the iterates of gradient descent
theta_0 = Symbol("theta_0", commutative=False)  # a point

# One solution of the gradient flow inside the region: x(t) for since < t < T
x = Function("x", commutative=False)
t, s, d = symbols("t s d", real=True)  # a time; another; a little more of it
since, T = symbols("since T", real=True)
v = Symbol("v", commutative=False)  # the velocity of a straight line
w = Symbol("w", commutative=False)  # any direction
h = Symbol("h", real=True)  # the step size of gradient descent, the paper's learning rate
n = Symbol("n", integer=True)  # the number of a step
run = Function("run", commutative=False)  # run(s, h, n), the n-th iterate of gradient descent from x(s) with the step size h

# All solutions inside the region: X(a, t) for past(a) < t < duration(a), one for every number a; the region is the set of their points
a = Symbol("a", real=True)
X = Function("X", commutative=False)
past, duration = Function("past", real=True), Function("duration", real=True)
speed = Function("speed", commutative=False)  # speed(a), the velocity of a straight line
iterate = Function("iterate", commutative=False)  # iterate(a, s, h, n), the n-th iterate from X(a, s) with the step size h

# Quadratic losses, with the gradient A theta + linear
A, linear = symbols("A linear", commutative=False)

# An arbitrary set of parameters, as a solution sees it
inside = Function("inside", real=True)  # x(s) is in the set at the times s with inside(s) >= 0

# Iterations theta(k) in a corridor {rho > 0}: momentum, Runge-Kutta steps, the corridor learning rate, minibatches
loss, rho = Function("loss", real=True), Function("rho", real=True)  # the loss as a number; rho(U) > 0 exactly in the corridor
velocity = Function("velocity", commutative=False)  # velocity(k), of momentum
alpha, beta = symbols("alpha beta", real=True)  # its initial velocity in units of the gradient, and its decay
k, j = symbols("k j", integer=True)  # steps
path = Function("path", commutative=False)  # path(t), a solution of a differential equation, or any curve
k1, k2, k3, k4 = symbols("k1 k2 k3 k4", commutative=False)  # the four slopes of a Runge-Kutta step
batch = Symbol("g_B", commutative=False)  # the gradient of one minibatch
each = Function("g_batch", commutative=False)  # each(k, U), the gradient of the k-th minibatch
least, other_h = symbols("L_star h_prime", real=True)  # the minimal loss; another step size
steepest = Symbol("M", real=True)  # how fast the loss may change at most, near the end of a step
mu = Symbol("mu", real=True)  # the constant of the Polyak-Lojasiewicz condition
target, other_target = symbols("y_1 y_2", real=True)  # the targets of two samples with one input
partial = Function("S_of", commutative=False)  # partial(k), the sum of the gradients of the first k minibatches
unit, other_unit = symbols("e f", commutative=False)  # units, in exact instances

# Quadratic losses with the Hessian A, along the columns of a frame
Q = Symbol("Q", commutative=False)  # a frame of columns, e.g. of eigenvectors
b, u, y, z = (Column(name) for name in ("b", "u", "y", "z"))  # the linear part, an eigenvector, two points
lam, radius, c = symbols("lambda r c", real=True)  # an eigenvalue, a radius, the constant part
eigenvalue = Function("eigenvalue", real=True)  # eigenvalue(i), of the i-th column of Q
i, dim = symbols("i dim", integer=True)  # a column of Q; how many there are

# Polyak steps: their guarantees, and the corridor step as a dynamical system
best = Symbol("theta_star", commutative=False)  # a minimiser
lower = Symbol("L_low", real=True)  # a lower bound of the loss
smooth = Symbol("M_2", real=True)  # the Lipschitz constant of the gradient
multiplier, cap = symbols("gamma h_max", real=True)  # a constant factor of the step; its largest value
rate, share = Function("rate", real=True), Function("share", real=True)  # the step size of step k; the part of a Polyak step it may be
growth = Symbol("rho_g", real=True)  # the constant of the growth condition on the gradients of minibatches
p, kappa = symbols("p kappa", real=True)  # the power |theta|^p; the condition number of a quadratic loss
orbit = Function("orbit", real=True)  # an orbit of a map of the line
coordinate = Function("coordinate", real=True)  # coordinate(i), of a point along the i-th eigenvector
b_1 = Symbol("b_1", real=True)  # with a, the coordinates of a point in the plane
slope = Function("slope", real=True)  # the derivative of a loss of one parameter

# What one step misses: bounds of every size
eps, most = symbols("epsilon K", real=True)  # any positive number; the largest |H g|

# What one epoch of minibatches does
bends = Function("H_batch", commutative=False)  # bends(k, U), the Hessian of the k-th minibatch
pull = Symbol("P", commutative=False)  # how fast a regulariser grows in one direction
gamma = Function("gamma", real=True)  # gamma(k), the coefficient of momentum's regulariser in step k
steep, curved, twisted = symbols("G_1 G_2 G_3", real=True)  # bounds of the first, second and third derivatives of the minibatches' losses
double = Function("D_of", commutative=False)  # double(k), the sum of H_i S_(i-1) over the first k minibatches, with S = partial
back = Function("theta_back", commutative=False)  # back(k), the iterates of an epoch in the reverse order
lead = Function("D_back", commutative=False)  # lead(k), the sum of H_i (S_n - S_i) over the first k minibatches
turn = Function("Q", commutative=False)  # turn(U), the mean of H_k g_k over all minibatches
orders = Symbol("N", integer=True)  # pairs of orders of the minibatches, each order with its reverse
thetas, backs, batches, hessians, partials = (Function(f"{name}_all", commutative=False) for name in ("theta", "back", "g", "H", "S"))

# One parameter: the second derivative of the loss, beside its slope; position(a, t), the solution that starts at a, at the speed rate(a)
bend, position = Function("bend", real=True), Function("position", real=True)
low, high = symbols("low high", real=True)  # the ends of an interval, with a point p of it

# Cones: the distance of x(t) from the tip, and directions
length = Function("length", real=True)
sideways = Column("sideways")  # a direction across the rays

# Any curve x(t) in a region: its velocity
heading = Function("heading", commutative=False)

# Wavy cones r h(phi) in the plane: the profile h, with the derivatives `slope` and `bend`
profile = Function("profile", real=True)
outward, turning = symbols("outward turning", real=True)  # how fast a point moves along its ray, and its angle

# The loss that another one is glued to, and its gradient
other_loss, other_g = Function("other_loss", real=True), Function("other_g", commutative=False)

# A loss of two parameters r and s, its two slopes and their slopes; two solutions of its gradient flow
r = Symbol("r_1", real=True)  # the first parameter; the second is s
terrain, east, north = (Function(name, real=True) for name in ("terrain", "east", "north"))
curvatures = tuple(Function(name, real=True) for name in ("L_11", "L_12", "L_21", "L_22"))
one_way, other_way = (tuple(Function(f"{name}_{n}", real=True) for n in (1, 2)) for name in ("one", "other"))

# The gradient (p, q) and the Hessian at a point of the plane
q, h11, h12, h22 = symbols("q h_11 h_12 h_22", real=True)
