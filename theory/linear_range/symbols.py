"""Every symbol of Ni & Talnikar (2019), once. A symbol has a sort and nothing more: ranges stand in the statements."""

from sympy import Function, Symbol, symbols

# Networks u(0) = x, u(i+1) = f(i, u(i), s(i)), with I layers
I = Symbol("I", integer=True)  # noqa: E741  the paper's name for the number of layers
i, k, l = symbols("i k l", integer=True)  # noqa: E741  layers
psi = Symbol("psi", real=True)  # the step size
x = Symbol("x", commutative=False)  # the input
f = Function("f", commutative=False)  # f(i, U, S), the i-th layer
U, S = symbols("U S", commutative=False)  # its arguments: a state, and parameters
u = Function("u", commutative=False)  # u(i, psi), the i-th state after a step psi
s = Function("s", commutative=False)  # s(i), the parameters of the i-th layer before the step
sigma = Function("sigma", commutative=False)  # sigma(i), the direction in which they move
Fu, Fs = Function("f_u", commutative=False), Function("f_s", commutative=False)  # the partial Jacobians of the i-th layer
v, w = Function("v", commutative=False), Function("w", commutative=False)  # the tangent solution; a homogeneous one
D = Function("D", commutative=False)  # D(l, i), the propagation operator from layer l to layer i

# The objective, the sum over i = 0, ..., I of J(i, u(i), s(i))
J = Function("J", commutative=False)  # J(i, U, S), a 1 x 1 matrix
Ju, Js = Function("J_u", commutative=False), Function("J_s", commutative=False)  # its derivatives, rows
adjoint = Function("vbar", commutative=False)  # vbar(l), the adjoint solution, a row

# What moves, and how far
delta_psi = Symbol("delta_psi", real=True)  # an infinitesimal step
delta_u = Function("delta_u", commutative=False)  # delta_u(i), what it moves the i-th state by, to first order
Delta_s = Function("Delta_s", commutative=False)  # Delta_s(i), a finite change of the parameters
partial_u = Function("partial_u", commutative=False)  # partial_u(l), the part of the change that the layer before makes itself
moved = Function("p", commutative=False)  # p(l, i, psi), the i-th state after the l-th is moved by psi w(l)
G = Function("G", commutative=False)  # G(l), the derivative of the objective in the l-th state

# The adjoint of the homogeneous tangent equation
wbar = Function("wbar", commutative=False)  # a homogeneous adjoint solution, a row
Dbar = Function("Dbar", commutative=False)  # Dbar(i, l), the operator that carries it from layer i to layer l

# Logistic layers u(i+1) = g(W(i) u(i) + b(i)); with skips, W(j, i) leads from state j to state i
r = Symbol("r", real=True)  # the argument of the activation function
W, b = Function("W", commutative=False), Function("b", commutative=False)
Sigma, beta = Function("Sigma", commutative=False), Function("beta", commutative=False)  # the directions in which they move
Delta_W, Delta_b = Function("Delta_W", commutative=False), Function("Delta_b", commutative=False)  # their changes
Gamma, gamma = Function("Gamma", commutative=False), Function("gamma", commutative=False)  # any direction
Lam = Function("Lambda", commutative=False)  # Lambda(i) = diag g(1 - g) at W(i) u(i) + b(i)
by_state, by_parameters = Function("a", commutative=False), Function("c", commutative=False)  # a layer whose state, or parameters move
y, eta = symbols("y eta", commutative=False)  # the target; a move of the last state

# Layers that see all states before them: v(i+1) is the sum over j <= i of A(i, j) v(j), and b(i)
j = Symbol("j", integer=True)  # a state; a minibatch
A = Function("A", commutative=False)
collected = Function("collected", commutative=False)  # collected(k, j), what the layers up to k hand back to state j

# Residual blocks: h(i) = f_in(i, u(i), s(i)) inside the block, u(i+1) = f_out(i, u(i), h(i), s(i))
inner = Function("h", commutative=False)
into, out = Function("f_in", commutative=False), Function("f_out", commutative=False)

# Continuous time: du/dt = f(u, s), with one set of parameters
t, h = symbols("t h", real=True)  # the time; a little more of it
begin, T, R = symbols("t_begin T R", real=True)  # t_begin < t < T, |psi| < R
tau = Symbol("tau", real=True)  # the last time
P, Q = Function("P", commutative=False), Function("Q", commutative=False)  # the integrals of J_u v and of vbar f_s sigma
parameters, direction, change = symbols("s sigma Delta_s", commutative=False)
# The nonlinear measurement (13) and the linear range
epsilon, epsilon_star = symbols("epsilon epsilon_star", real=True)  # the measurement, and its limit
other = Symbol("epsilon_prime", real=True)  # another number that satisfies (13)
psi_star = Symbol("psi_star", real=True)  # the step at which the measurement is inferred to be epsilon_star
q, q_other = Function("q", real=True), Function("q_other", real=True)  # q(i, psi), the relative error of layer i after a step psi
bend = Function("vprime", commutative=False)  # vprime(i), the second coefficient of the Taylor expansion of u(i, psi)
c, kappa = Function("c", real=True), Function("kappa", real=True)  # the sizes of vprime(i), and of what comes after it, relative to v(i)
C = Symbol("C", real=True)  # the constant in epsilon = C psi
one, two = Function("one", real=True), Function("two", real=True)  # the terms of two sums
unit = Symbol("e", commutative=False)  # the 1 x 1 identity, in exact instances
phi, phi_star = symbols("phi phi_star", real=True)  # another step, and what is inferred from it
m = Symbol("m", real=True)  # a number that multiplies the objective, hence the direction
# The same network, moved in the direction m sigma: its direction, states, tangents, relative errors and adjoint solution
sigma_m, u_m, v_m = (Function(name, commutative=False) for name in ("sigma_m", "u_m", "v_m"))
q_m, adjoint_m = Function("q_m", real=True), Function("vbar_m", commutative=False)
own = Function("own", real=True)  # own(i), how far J(i, U, S) itself is from linear along the perturbation

# Minibatches, and what linGrad (algorithm 1) knows of them
N, H, gap = symbols("N_b N_hist N_lin", integer=True)  # how many there are, how many are remembered, and every which is measured
late = Symbol("late", integer=True)  # how many minibatches ago the last measurement was
gain = Function("C_of", real=True)  # gain(j), the constant in epsilon = C psi of minibatch j
star = Function("psi_star_of", real=True)  # star(j), what is inferred from it
p = Function("p", real=True)  # p(j), the probability that minibatch j has the least of all psi*
delta = Symbol("delta", real=True)  # the step of a finite difference
n = Symbol("n", integer=True)  # the number of inputs
ell = Function("ell", commutative=False)  # ell(i), the first coefficient of a Taylor expansion of u(i, psi)
radius = Symbol("radius", real=True)  # the radius within which it holds
slope, drop, curvature = symbols("slope drop curvature", real=True)  # dJ/dpsi at 0, J(psi) - J(0) - slope psi, and that of a parabola
rate, growth = symbols("r growth", real=True)  # the relative rate at which every layer moves, and 1 + r psi
rest = Function("rest", commutative=False)  # rest(i), what is left of u(i, psi) after its second coefficient, divided by psi^3
# The second derivative of layer i, twice in the direction (A, B): hessian(i, A, B); and its arguments
hessian = Function("f_2", commutative=False)
along_state, along_parameters = symbols("A_u A_s", commutative=False)
# Networks of k + first layers each, k = 0, 1, 2, ...: their states u_of(number, i, psi), and so on; and the growth of a flow
first = Symbol("first", integer=True)
u_of, s_of, sigma_of, v_of = (Function(f"{name}_of", commutative=False) for name in ("u", "s", "sigma", "v"))
q_of = Function("q_of", real=True)
decay = Symbol("a", real=True)  # du/dt = a u before the step
# Runs of linGrad on one number: w_at(k), psi_at(k) and the direction sigma_at(k), on minibatch k
w_at, psi_at, sigma_at = (Function(name, real=True) for name in ("w_at", "psi_at", "sigma_at"))
z, K = symbols("z K", real=True)  # where a neuron starts, or its tangent; any number
weight, residual = symbols("weight residual", real=True)  # of a balanced network of two layers of one neuron, u = weight^2
later = Symbol("residual_prime", real=True)  # the residual one step later

# Certified bounds of logistic networks: norms, and what follows from them for |psi| <= psi_0
psi_0 = Symbol("psi_0", real=True)  # the largest step in question
norm_W, norm_Sigma, norm_Lam = (Function(f"norm_{name}", real=True) for name in ("W", "Sigma", "Lambda"))  # of W(i), Sigma(i), Lambda(i)
push = Function("push", real=True)  # push(i) >= |Sigma(i) u(i) + beta(i)|, the rate at which the parameters alone move layer i
reach = Function("reach", real=True)  # |u_new(i) - u_old(i)| <= reach(i) |psi|
bulge = Function("bulge", real=True)  # |u_new(i) - u_old(i) - v(i) psi| <= bulge(i) psi^2
rho = Function("rho", real=True)  # rho(i) >= bulge(i)/|v(i)|
inside = Symbol("inside", real=True)  # a, what one neuron's function is applied to before the step
