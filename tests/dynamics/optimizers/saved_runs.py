"""What every optimizer must do with a run that was saved: go on as if nothing had happened."""

import io

import torch


def assert_a_saved_run_continues(task, make, remake, train, steps):
    """Save after some steps, load into a new network and an optimizer with other options, and compare the next steps bit for bit.

    Args:
        task: Returns a network and its minibatches, the same each time.
        make: The optimizer of a network.
        remake: Another one of other options; loading restores them, as for torch's optimizers.
        train: Takes the network, the optimizer, the minibatches, the number of steps and where to begin; returns the points.
        steps: Before and after.
    """
    network, batches = task()
    optimizer = make(network)
    train(network, optimizer, batches, steps)
    file = io.BytesIO()
    torch.save({"network": network.state_dict(), "optimizer": optimizer.state_dict()}, file)
    straight = train(network, optimizer, batches, steps, begin=steps)
    file.seek(0)
    saved, (again, _) = torch.load(file, weights_only=True), task()
    again.load_state_dict(saved["network"])
    other = remake(again)
    other.load_state_dict(saved["optimizer"])
    assert all(torch.equal(a, b) for a, b in zip(straight, train(again, other, batches, steps, begin=steps), strict=True))
