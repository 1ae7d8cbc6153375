"""What `fit` calls as training proceeds, for example to show progress."""

from mnist_helpers._support import progress_bar
from mnist_helpers.train.history import History


class Reporter:
    """The calls that `fit` makes; a subclass overrides those that it needs."""

    def on_start(self, history: History) -> None:
        """Training begins, or goes on after a checkpoint."""

    def on_batch(self, history: History) -> None:
        """A batch was learned; its loss is ``history.batch_loss[-1]``."""

    def on_epoch(self, history: History) -> None:
        """An epoch is complete; its metrics are ``history.epochs[-1]``."""

    def on_end(self, history: History) -> None:
        """Training has ended, normally or with an error."""


class ProgressReporter(Reporter):
    """Prints a line per epoch, and in a terminal shows a progress bar of the batches."""

    def on_start(self, history: History) -> None:
        """Print where a resumed run stands, and open the bar."""
        done = len(history.epochs)
        if done:
            print(f"Going on after epoch {done} of {history.planned_epochs}.")
        total = history.planned_epochs * history.batches_per_epoch
        self.bar = progress_bar(total, "Training", "batch", initial=len(history.batch_loss))

    def on_batch(self, history: History) -> None:
        """Move the bar."""
        self.bar.set_postfix_str(f"loss {history.batch_loss[-1]:.3f}", refresh=False)
        self.bar.update()

    def on_epoch(self, history: History) -> None:
        """Print the epoch's line."""
        metrics = history.epochs[-1]
        parts = [f"epoch {len(history.epochs)}/{history.planned_epochs}"]
        parts += [f"loss {metrics['train_loss']:.4f}"]
        if "val_accuracy" in metrics:
            parts += [f"validation accuracy {metrics['val_accuracy']:.2%}"]
        parts += [f"{metrics['seconds']:.1f} s"]
        self.bar.write("  ".join(parts))

    def on_end(self, history: History) -> None:
        """Close the bar."""
        self.bar.close()
