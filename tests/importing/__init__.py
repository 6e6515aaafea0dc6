"""The room that writes manifests of orders that exist already."""
