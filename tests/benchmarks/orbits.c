/* Gradient descent on f2 = (x^2+1)(x-1)^2(x-2)^2 for many lanes: the arithmetic of the generated kernels, written by hand. */
enum { LANES = 64 };

void advance(double *restrict x, const double *restrict step, long lanes, long steps)
{
    for (long begin = 0; begin < lanes; begin += LANES) { /* lanes is a multiple of LANES */
        double point[LANES], h[LANES];
        for (int i = 0; i < LANES; i++) {
            point[i] = x[begin + i];
            h[i] = step[begin + i];
        }
        for (long k = 0; k < steps; k++)
            for (int i = 0; i < LANES; i++) {
                double t = point[i];
                point[i] = t - h[i] * (((((6 * t - 30) * t + 56) * t - 54) * t + 34) * t - 12);
            }
        for (int i = 0; i < LANES; i++)
            x[begin + i] = point[i];
    }
}
