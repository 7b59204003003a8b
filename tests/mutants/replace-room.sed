# rules that are there twice take room twice
# common/table/replace.c
s/n - twins.dropped, err/n, err/
