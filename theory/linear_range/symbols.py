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
j, late = symbols("j late", integer=True)  # a minibatch; how many minibatches ago the last measurement was
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
weight, residual = symbols("weight residual", real=True)  # of a balanced network of two layers of one neuron, u = weight^2
