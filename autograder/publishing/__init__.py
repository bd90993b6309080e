"""`course publish`: what students get, in one place, when nothing is in it that is not for them."""
