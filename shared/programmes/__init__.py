"""The catalogue of programmes: what there is, what lists call it, what excludes what."""

from shared.programmes.catalogue import Catalogue, Programme, alias_key, load

__all__ = ["Catalogue", "Programme", "alias_key", "load"]
