"""What hot functions are written with: records, inlining, prefetching, columns of fields."""
