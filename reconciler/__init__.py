"""A GitOps reconciler for satellite tasking orders: manifests in Git, orders placed exactly once."""

__version__ = "0.1.0"
