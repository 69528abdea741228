"""What the binding uses of csrc/fmi.h, as Cython sees it."""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t


cdef extern from "fmi.h" nogil:
    enum:
        FMI_OK
        FMI_ERR_NOMEM
        FMI_ERR_BAD_PARAM
        FMI_ERR_CANCELLED
        FMI_ERR_OVERFLOW
        FMI_ERR_NO_ISA
        FMI_ERR_PARSE
        FMI_PARSE_ROOM
        FMI_PARSE_LENGTH
        FMI_MAX_KMERS
        FMI_MAX_LENGTH
        FMI_MAX_LETTERS
        FMI_UNKNOWN
        FMI_UNKNOWN_ERROR
        FMI_UNKNOWN_DROP
        FMI_UNKNOWN_SKIP
        FMI_FASTA
        FMI_FASTQ
        FMI_LINES
        FMI_TABLE
        FMI_GAPS_MATCH
        FMI_GAPS_IGNORE
        FMI_BAD_LETTER
        FMI_BAD_LENGTH
        FMI_BAD_EMPTY
        FMI_BAD_TOO_LONG
        FMI_BAD_NO_HEADER
        FMI_BAD_NO_PLUS
        FMI_BAD_QUALITY
        FMI_BAD_CUT
        FMI_BAD_COLUMNS
        FMI_BAD_NO_COLUMN
        FMI_BAD_BINARY
        FMI_BAD_WEIGHT
        FMI_BAD_SCORE
        FMI_NAME_BYTES
        FMI_N_NUMBERS
        FMI_ISA_BEST
        FMI_N_ISAS
        FMI_KERNEL_BEST
        FMI_KERNEL_PLAIN
        FMI_KERNEL_PLANES
        FMI_KERNEL_GROUPS
        FMI_KERNEL_BYTES
        FMI_KERNEL_SPARSE
        FMI_KERNEL_WEIGHTS
        FMI_MAX_ORDER
        FMI_MAX_CONTEXTS
        FMI_MAX_DETECTOR
        FMI_MAX_DETECTORS
        FMI_MAX_HIDDEN
    const double FMI_MAX_PSEUDOCOUNT
    const size_t FMI_NO_COLUMN
    const uint32_t FMI_CERTAIN

    ctypedef struct fmi_seqs:
        const uint8_t *rows
        const uint8_t *mask
        size_t n_rows
        size_t length
        uint32_t n_letters
        const uint64_t *weights

    ctypedef struct fmi_options:
        int n_threads
        int isa
        int kernel
        size_t most_rows
        size_t n_left
        size_t right

    ctypedef struct fmi_control:
        int64_t done
        int64_t cancel

    ctypedef struct fmi_parse_error:
        int what
        uint64_t record
        uint64_t line
        size_t position
        size_t found

    ctypedef struct fmi_parser:
        int format
        int unknown
        uint8_t lut[256]
        uint32_t n_letters
        size_t length
        size_t column
        size_t number_columns[FMI_N_NUMBERS]
        uint8_t delimiter
        int skip_lines
        uint64_t n_records
        uint64_t n_dropped
        uint64_t n_unknown
        uint64_t line
        fmi_parse_error error
        char name[FMI_NAME_BYTES]

    ctypedef struct fmi_block:
        uint8_t *rows
        uint8_t *mask
        double *numbers[FMI_N_NUMBERS]
        size_t capacity
        size_t n_rows

    ctypedef struct fmi_letters:
        uint32_t n_letters
        size_t length
        size_t order
        size_t n_positions
        const uint32_t *thresholds

    ctypedef struct fmi_shuffle:
        size_t k
        size_t window
        const uint8_t *keep

    ctypedef struct fmi_one_hot:
        const uint8_t *columns
        size_t n_columns
        int by_letter
        size_t size
        const void *one
        const void *unknown

    ctypedef struct fmi_deepbind:
        size_t detector_length
        size_t n_detectors
        size_t n_hidden
        int has_mean
        int both_strands
        const float *detectors
        const float *thresholds
        const float *weights1
        const float *biases1
        const float *weights2
        const float *biases2

    const char *fmi_strerror(int)
    size_t fmi_row_bytes(size_t, uint32_t)
    size_t fmi_mask_bytes(size_t)
    void fmi_encode_rows(const uint8_t *, size_t, size_t, const uint8_t *, uint32_t,
                         uint8_t *, uint8_t *, uint32_t *)
    void fmi_decode_rows(const fmi_seqs *, uint8_t *)
    int fmi_parser_init(fmi_parser *)
    void fmi_parser_free(fmi_parser *)
    int fmi_parser_feed(fmi_parser *, const uint8_t *, size_t, int, size_t *, fmi_block *)
    size_t fmi_n_kmers(uint32_t, size_t)
    size_t fmi_n_pairs(size_t, size_t)
    size_t fmi_n_chosen(size_t, size_t, const fmi_options *)
    int fmi_isa_resolve(int)
    const char *fmi_isa_name(int)
    size_t fmi_scratch_bytes(const fmi_seqs *, size_t, const fmi_options *)
    const char *fmi_kernel_name(const fmi_seqs *, size_t, const fmi_options *)
    int fmi_has_openmp()
    int fmi_pairwise_mi(const fmi_seqs *, size_t, double, const fmi_options *, fmi_control *,
                        double *, uint64_t *)
    int fmi_pairwise_x2(const fmi_seqs *, size_t, double, double, const fmi_options *,
                        fmi_control *, double *, uint64_t *, uint64_t *)
    int fmi_x2_tables(const uint32_t *, size_t, size_t, double, double, const fmi_options *,
                      fmi_control *, double *, uint64_t *, uint64_t *)
    int fmi_x2_weights_tables(const uint64_t *, size_t, size_t, double, double,
                              const fmi_options *, fmi_control *, double *, uint64_t *,
                              uint64_t *)
    int fmi_count_pairs(const fmi_seqs *, size_t, const fmi_options *, fmi_control *,
                        uint32_t *)
    int fmi_weigh_pairs(const fmi_seqs *, size_t, const fmi_options *, fmi_control *,
                        uint64_t *)
    int fmi_count_pair(const fmi_seqs *, size_t, size_t, size_t, uint64_t *)
    int fmi_count_kmers(const fmi_seqs *, size_t, const fmi_options *, fmi_control *,
                        uint64_t *)
    int fmi_mi_tables(const uint32_t *, size_t, size_t, double, const fmi_options *,
                      fmi_control *, double *, uint64_t *)
    int fmi_mi_weights(const uint64_t *, size_t, size_t, double, const fmi_options *,
                       fmi_control *, double *, uint64_t *)
    int fmi_count_neighbours(const fmi_seqs *, double, int, const fmi_options *, fmi_control *,
                             uint32_t *)
    size_t fmi_n_contexts(uint32_t, size_t)
    int fmi_random_rows(const fmi_letters *, uint64_t, uint32_t, uint64_t, size_t,
                        const fmi_options *, uint8_t *)
    size_t fmi_deepbind_window(size_t)
    int fmi_deepbind_scores(const fmi_deepbind *, const fmi_seqs *, const fmi_options *,
                            fmi_control *, float *)
    void fmi_random_words(uint64_t, uint32_t, uint64_t, size_t, uint64_t, size_t, uint32_t *)
    int fmi_shuffle_rows(const fmi_seqs *, const fmi_shuffle *, uint64_t, uint32_t, uint64_t,
                         const fmi_options *, uint8_t *)
    int fmi_write_one_hot(const fmi_seqs *, const fmi_one_hot *, const fmi_options *, void *)


# what the other bindings use of _core
cdef class Seqs:
    cdef fmi_seqs c
    cdef object _keep

cdef int check(int status) except -1
cdef int equal(size_t found, size_t wanted, str what) except -1
cdef fmi_options _options(int n_threads, str isa, str kernel, size_t most_rows,
                          tuple between=*) except *
cdef fmi_control *_control(int64_t[::1] control) except NULL
