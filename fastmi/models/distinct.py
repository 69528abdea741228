def Distinct(m): return m
