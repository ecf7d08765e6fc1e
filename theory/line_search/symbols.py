"""Every symbol of Mutschler & Zell (2021), once. A symbol has a sort and nothing more: ranges stand in the statements."""

from sympy import Function, Symbol, symbols

# A line through the parameters, which are of any shape
theta, direction = symbols("theta d", commutative=False)  # where it starts; where it leads
g, G = symbols("g G", commutative=False)  # the gradient of a mini-batch, of the full batch
momentum, before = symbols("m m_0", commutative=False)  # the momentum now, and one step before
unit = Symbol("e", commutative=False)  # a matrix in exact instances
H = Symbol("H", commutative=False)  # the Hessian of the full batch

# A data set of n samples, and their losses
n, i = symbols("n i", integer=True)  # how many samples; one of them
sample_loss = Function("L", real=True)  # L(i, theta)
sample_gradient = Function("grad", commutative=False)  # grad(i), that of the sample i at theta

# Step sizes on a line, all real
s, t = symbols("s t", real=True)  # a step; a small number
mu = Symbol("mu", real=True)  # the step at which the loss is looked at a second time
lam = Symbol("lambda", real=True)  # the learning rate
k = Symbol("k", real=True)  # a curvature
alpha, beta, s_max = symbols("alpha beta s_max", real=True)  # factor of the step; of the momentum; the longest step
a, b, c = symbols("a b c", real=True)  # a parabola a s^2 + b s + c
loss_0, slope, loss_mu = symbols("l_0 b_0 l_mu", real=True)  # a line's loss at 0, its derivative there, its loss at mu
line, line_2 = (Function(name, real=True) for name in ("l", "l_2"))  # losses along lines
