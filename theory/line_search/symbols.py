"""Every symbol of Mutschler & Zell (2021), once. A symbol has a sort and nothing more: ranges stand in the statements."""

from sympy import Function, Symbol, symbols

# A line through the parameters, which are of any shape
theta, direction, heading = symbols("theta d v", commutative=False)  # where it starts; where it leads; any direction
g, g_2, G = symbols("g g_2 G", commutative=False)  # the gradients of two mini-batches, of the full batch
H, H_B = symbols("H H_B", commutative=False)  # the Hessians of the full batch, of a mini-batch
momentum, before = symbols("m_1 m_0", commutative=False)  # the momentum now, and one step before
unit = Symbol("e", commutative=False)  # a matrix in exact instances

# A data set of n samples; losses and their derivatives
n, i = symbols("n i", integer=True)  # how many samples; one of them
sample_loss = Function("L", real=True)  # L(i, theta)
sample_gradient, sample_hessian = (Function(name, commutative=False) for name in ("grad", "Hess"))  # grad(i, theta); Hess(i), at theta
full_loss, batch_loss = (Function(name, real=True) for name in ("L_T", "L_B"))  # of the full batch, of a mini-batch
line, line_2, line_3 = (Function(name, real=True) for name in ("l", "l_2", "l_3"))  # losses along lines

# Step sizes on a line, all real
s, t, r, s_2 = symbols("s t r s_2", real=True)  # a step; a small number; other steps
mu = Symbol("mu", real=True)  # the step at which the loss is looked at a second time
lam = Symbol("lambda", real=True)  # the learning rate
k, eps = symbols("k epsilon", real=True)  # a curvature; a share
alpha, beta, s_max = symbols("alpha beta s_max", real=True)  # factor of the step; of the momentum; the longest step
a, b, c, q = symbols("a b c q", real=True)  # a parabola a s^2 + b s + c, or a cubic q s^3 + a s^2 + b s + c
loss_0, slope, loss_mu = symbols("l_0 b_0 l_mu", real=True)  # a line's loss at 0, its derivative there, its loss at mu

# A run of T steps: step j goes from theta_at(j - 1) to theta_at(j), along -u(j)
T, j, step_k = symbols("T j k_step", integer=True)  # how many steps; one of them, another
place, update = (Function(name, commutative=False) for name in ("theta_at", "u"))
gradient_at, hessian_at = (Function(name, commutative=False) for name in ("G_at", "H_at"))  # of the full batch, where the step j begins
lowest_loss = Symbol("l_low", real=True)  # no loss of the run is below it

# Shapes of line losses
w, C = symbols("w C", real=True)  # half of a window's width; a constant
p_1, p_2 = symbols("p_1 p_2", real=True)  # where two parabolas have their minima
node = Function("x_S", real=True)  # the steps of a grid, numbered
surface, east, north = (Function(name, real=True) for name in ("F", "F_x", "F_y"))  # a loss of two parameters, its partial derivatives
x, y = symbols("x y", real=True)  # two parameters

# The counts of the experiment
points, lines, images, batch = symbols("N_s N_lines N_images N_batch", integer=True)  # on a line; lines; images; in a mini-batch
h, first = symbols("h s_1", real=True)  # the resolution of a grid, and its first step

# Mini-batches drawn from N samples, whose gradients are the columns of A
N, M, M_2, m = symbols("N M M_2 m", integer=True)  # samples; in larger mini-batches, in this one
draws, draws_2, j_2 = symbols("N_draws N_draws_2 j_2", integer=True)  # how many draws; one of them is j, another j_2
probability, probability_2 = (Function(name, real=True) for name in ("P", "P_2"))  # P(j), of a draw
drawn, drawn_2 = (Function(name, commutative=False) for name in ("z", "z_2"))  # z(j), 1 for each sample of the draw, else 0
added, added_2 = (Function(name, commutative=False) for name in ("xi", "xi_2"))  # xi(j), 1 for each sample that the draw adds
batch_gradient, batch_gradient_2 = (Function(name, commutative=False) for name in ("gamma", "gamma_2"))  # of a draw
part_probability = Function("Q", real=True)  # Q(i, j), of drawing a part of the draw i
part, part_gradient = (Function(name, commutative=False) for name in ("zeta", "eta"))  # zeta(i, j), eta(i, j), of that part
loss_of = Function("L_j", real=True)  # L(j, theta), of a draw
A, ones, chosen = symbols("A o z_0", commutative=False)  # the gradients; 1 for each sample; the draw that has chosen the line
e_0, e_1, e_2, e_3 = symbols("e_0 e_1 e_2 e_3", commutative=False)  # the column 0 and unit columns in exact instances
rho = Symbol("rho", real=True)  # the full batch's slope over the mini-batch's

# A softmax line: K classes, the logits chi(p) + s omega(p)
classes, kind, label = symbols("K p p_0", integer=True)  # how many classes; one of them; the right one
logit, change = (Function(name, real=True) for name in ("chi", "omega"))  # chi(p), omega(p)
least, R, v = symbols("omega_1 R delta", real=True)  # no logit changes less; nor more than omega_1 + R; a small number
line_slope, line_bend, line_jerk = (Function(name, real=True) for name in ("slope", "bend", "jerk"))  # three derivatives of a line's loss
# The softmax lines of n samples
logit_of, change_of = (Function(name, real=True) for name in ("chi_i", "omega_i"))  # chi(i, p), omega(i, p)
label_of, least_of = Function("p_i", integer=True), Function("omega_1i", real=True)  # p_0(i), omega_1(i)
line_of, slope_of, bend_of, jerk_of = (Function(name, real=True) for name in ("l_i", "slope_i", "bend_i", "jerk_i"))  # l(i, s)
loss_s, slope_s, bend_0, bend_s = symbols("l_s b_s k_0 k_s", real=True)  # a line's loss and its derivatives at s, with l_0 and b_0 at 0
