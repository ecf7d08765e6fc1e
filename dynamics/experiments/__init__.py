"""The papers' experiments, each a command that writes one JSON of `theory/results`.

| paper | command | what runs |
|---|---|---|
| Nar & Sastry | ``python -m dynamics.experiments.relu_oscillation`` | figure 2 over many starts and targets |
| Ni & Talnikar | ``python -m dynamics.experiments.linear_range_training`` | sections 4.1 and 4.2: logistic networks |
| | ``python -m dynamics.experiments.linear_range_objective`` | section 3.3: what the linear range is measured on |
| | ``python -m dynamics.experiments.linear_range_resnet`` | section 4.3: a residual network on CIFAR-10 |
| Dherin & Rosca | ``python -m dynamics.experiments.corridor_training`` | section 4.2: the corridor learning rate |
| | ``python -m dynamics.experiments.corridor_flow`` | section 4.1: gradient descent beside the gradient flow |
| Mutschler & Zell | ``python -m dynamics.experiments.line_search_runs`` | sections 3 to 6: the loss along the lines of SGD's steps |
| Yedida & Saha | ``python -m dynamics.experiments.lipschitz_histories`` | the training histories that the authors published |
| | ``python -m dynamics.experiments.lipschitz_set_up`` | scaled features, norms of final weights, Covertype's columns |
| | ``python -m dynamics.experiments.lipschitz_epoch_cost`` | what recomputing the step size costs |
| | ``python -m dynamics.experiments.lipschitz_tables`` | sections 7.1 and 7.2: Tables 1 and 2 under each reading of the set-up |
| | ``python -m dynamics.experiments.lipschitz_first_rates`` | section 7.3: 1/M before anything is trained |
| | ``python -m dynamics.experiments.lipschitz_networks`` | sections 7.3 and 7.4: networks trained by 1/M |
| | ``python -m dynamics.experiments.lipschitz_regression`` | section 7.2: softmax regression on MNIST |

``--help`` lists the options. Every command names what is wrong with its input before it starts, keeps what is done when it is
interrupted, and writes its file whole or not at all. The predicates on the numbers stand in ``theory/PAPER/*experiment*.py``.
"""
