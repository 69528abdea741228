# Checks of the C core alone: no Python, nothing installed.
#
#   make check-c      build with and without OpenMP under strict warnings, run the tests
#   make asan         the same under AddressSanitizer (leaks included) and UBSan
#   make valgrind     the same under valgrind
#   make fuzz         random inputs to the parser for FUZZ_SECONDS, any C compiler
#   make fuzz-clang   the same guided by coverage (clang's libFuzzer)
#   make clean
#
# The Python package is built by setup.py, which uses none of the flags below.
# "CC ?= gcc" would do nothing: make itself sets CC to cc
ifeq ($(origin CC),default)
CC := gcc
endif
CLANG ?= clang
ASAN_BUILDS ?= asan asan-openmp
FUZZ_SECONDS ?= 20
FUZZ_SEED ?= 1

BIN := csrc/tests/bin
SOURCES := $(wildcard csrc/*.c)
HEADERS := $(wildcard csrc/*.h csrc/tests/*.h)
TESTS := $(patsubst csrc/tests/%.c,%,$(wildcard csrc/tests/test_*.c))

STRICT := -std=c11 -ffp-contract=off -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wcast-qual \
          -Wstrict-prototypes -Wmissing-prototypes -Werror
SANITIZE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
            -fno-sanitize-recover=all
LDLIBS := -lm

.PHONY: check-c asan valgrind fuzz fuzz-clang clean
.DELETE_ON_ERROR:
.SECONDARY: # objects stay

# $(call variant,NAME,FLAGS): how the sources become $(BIN)/NAME/*.o, and with them
# csrc/tests/X.c becomes $(BIN)/NAME/X.  Kernels include one another: any change builds all.
define variant
$(BIN)/$(1)/%.o: csrc/%.c $(SOURCES) $(HEADERS) Makefile
	@mkdir -p $$(@D)
	$$(CC) $(STRICT) $(2) $$(CFLAGS) -c -o $$@ $$<
$(BIN)/$(1)/%: csrc/tests/%.c $(SOURCES:csrc/%.c=$(BIN)/$(1)/%.o)
	$$(CC) $(STRICT) $(2) $$(CFLAGS) -Icsrc -o $$@ $$^ $$(LDFLAGS) $(LDLIBS)
endef
$(eval $(call variant,serial,-O3))
$(eval $(call variant,openmp,-O3 -fopenmp))
$(eval $(call variant,debug,-O1 -g))
$(eval $(call variant,asan,$(SANITIZE)))
$(eval $(call variant,asan-openmp,$(SANITIZE) -fopenmp))
$(eval $(call variant,fuzz,$(SANITIZE) -DFUZZ_STANDALONE))

# $(call run,COMMAND,NAME...): all tests of these variants; the first failure ends it
run = set -e; for test in $(foreach name,$(2),$(TESTS:%=$(BIN)/$(name)/%)); do \
      echo $$test; $(1) $$test; done

check-c: $(TESTS:%=$(BIN)/serial/%) $(TESTS:%=$(BIN)/openmp/%)
	@$(call run,,serial openmp)

asan: export ASAN_OPTIONS = detect_leaks=1:detect_stack_use_after_return=1
asan: export UBSAN_OPTIONS = print_stacktrace=1
asan: $(foreach name,$(ASAN_BUILDS),$(TESTS:%=$(BIN)/$(name)/%))
	@$(call run,,$(ASAN_BUILDS))

# Options stand before the program: behind it they would be the program's own.
valgrind: $(TESTS:%=$(BIN)/debug/%)
	@$(call run,valgrind -q --error-exitcode=2 --leak-check=full,debug)

fuzz: export ASAN_OPTIONS = detect_leaks=1
fuzz: export UBSAN_OPTIONS = print_stacktrace=1
fuzz: $(BIN)/fuzz/fuzz_parse
	$< $(FUZZ_SECONDS) $(FUZZ_SEED)

fuzz-clang: csrc/tests/fuzz_parse.c $(SOURCES) $(HEADERS)
	@mkdir -p $(BIN)/fuzz-clang $(BIN)/corpus
	$(CLANG) $(STRICT) -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all \
	    -fsanitize=fuzzer,address,undefined $(CFLAGS) -Icsrc \
	    -o $(BIN)/fuzz-clang/fuzz_parse $< $(SOURCES) $(LDFLAGS) $(LDLIBS)
	$(BIN)/fuzz-clang/fuzz_parse -max_total_time=$(FUZZ_SECONDS) -max_len=2048 \
	    -print_final_stats=1 -artifact_prefix=$(BIN)/fuzz-clang/ $(BIN)/corpus

clean:
	rm -rf $(BIN)
