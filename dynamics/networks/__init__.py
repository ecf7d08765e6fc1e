"""Networks: as torch modules, as stacks of many, and as discrete maps under gradient descent.

- `layers`, `architectures`, `image_networks`, `initialisations`: modules with named states, and their first weights
- `stacks`: many networks of one architecture as one dictionary of parameters
- `network_maps`: deep linear and ReLU networks in closed form; `torch_maps`: any torch loss; `relu_grid`: the network of one input
- `linear_models`: least squares, logistic and softmax regression
"""
