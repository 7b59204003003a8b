# rules that are there twice take room twice
# common/table/replace.c
s/j.n - twins.dropped, err/j.n, err/
