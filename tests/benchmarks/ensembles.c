/* Gradient descent on deep linear nets of one width, written by hand: eight nets as the lanes of a vector, 4 x 4 entries in registers.
   WIDTH (a multiple of 4) and DEPTH are given to the compiler. */
typedef double lanes __attribute__((vector_size(64), aligned(64)));
typedef lanes matrix[WIDTH][WIDTH];

#define PRODUCT(name, initial, A, B)                                                                                                     \
    static void name(lanes (*restrict c)[WIDTH], lanes (*restrict a)[WIDTH], lanes (*restrict b)[WIDTH])\
    {                                                                                                                                    \
        for (int i = 0; i < WIDTH; i += 4)                                                                                               \
            for (int j = 0; j < WIDTH; j += 4) {                                                                                         \
                lanes s[4][4];                                                                                                           \
                for (int p = 0; p < 4; p++)                                                                                              \
                    for (int q = 0; q < 4; q++)                                                                                          \
                        s[p][q] = initial;                                                                                               \
                for (int k = 0; k < WIDTH; k++)                                                                                          \
                    for (int p = 0; p < 4; p++)                                                                                          \
                        for (int q = 0; q < 4; q++)                                                                                      \
                            s[p][q] += A * B;                                                                                            \
                for (int p = 0; p < 4; p++)                                                                                              \
                    for (int q = 0; q < 4; q++)                                                                                          \
                        c[i + p][j + q] = s[p][q];                                                                                       \
            }                                                                                                                            \
    }

PRODUCT(product, (lanes){0}, a[i + p][k], b[k][j + q])
PRODUCT(transposed_product, (lanes){0}, a[k][i + p], b[k][j + q])
PRODUCT(add_outer_product, c[i + p][j + q], a[i + p][k], b[j + q][k])

/* x: nets x DEPTH x WIDTH x WIDTH, nets a multiple of 8 */
void advance(double *restrict x, const double *restrict step, const double *restrict target, long nets, long steps)
{
    static matrix w[DEPTH], image[DEPTH], behind[2];
    for (long begin = 0; begin < nets; begin += 8) {
        lanes h;
        for (int lane = 0; lane < 8; lane++) {
            h[lane] = step[begin + lane];
            for (int e = 0; e < DEPTH * WIDTH * WIDTH; e++)
                ((lanes *)w)[e][lane] = x[(begin + lane) * DEPTH * WIDTH * WIDTH + e];
        }
        for (long k = 0; k < steps; k++) {
            for (int i = 1; i < DEPTH; i++)
                product(image[i], w[i], i == 1 ? w[0] : image[i - 1]);
            for (int e = 0; e < WIDTH * WIDTH; e++)
                ((lanes *)behind[(DEPTH - 1) % 2])[e] = h * (target[e] - ((lanes *)image[DEPTH - 1])[e]);
            for (int i = DEPTH - 1; i > 0; i--) {
                transposed_product(behind[(i - 1) % 2], w[i], behind[i % 2]);
                add_outer_product(w[i], behind[i % 2], i == 1 ? w[0] : image[i - 1]);
            }
            for (int e = 0; e < WIDTH * WIDTH; e++)
                ((lanes *)w[0])[e] += ((lanes *)behind[0])[e];
        }
        for (int lane = 0; lane < 8; lane++)
            for (int e = 0; e < DEPTH * WIDTH * WIDTH; e++)
                x[(begin + lane) * DEPTH * WIDTH * WIDTH + e] = ((lanes *)w)[e][lane];
    }
}
