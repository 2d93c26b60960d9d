#include "http/tls.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 1024 * 1024, DIGEST_OCTETS = 32 };

struct tls_set {
    unsigned holders;
    gnutls_certificate_credentials_t credentials; /* owned */
    int64_t ends;
    bool has_authorities;
    uint8_t digests[TLS_FILES][DIGEST_OCTETS]; /* 0: no such file */
};

/* --- Files. */

/* The contents of a file, PEM; key material is wiped. */
struct pem {
    char *text; /* owned; NULL: none */
    size_t length;
};

static void pem_free(struct pem *pem)
{
    if (pem->text != NULL)
        explicit_bzero(pem->text, pem->length);
    free(pem->text);
    *pem = (struct pem){ 0 };
}

/* Only a file: whatever else has a name might keep the loop waiting. 0 or an errno. */
static int read_all(int fd, struct pem *out)
{
    struct stat about;
    ssize_t some = 1;

    if (fstat(fd, &about) != 0)
        return errno;
    if (!S_ISREG(about.st_mode))
        return S_ISDIR(about.st_mode) ? EISDIR : ESPIPE;
    out->text = malloc(FILE_MAX);
    if (out->text == NULL)
        return ENOMEM;
    while (some > 0 && out->length < FILE_MAX) {
        some = read(fd, out->text + out->length, FILE_MAX - out->length);
        if (some < 0)
            return errno;
        out->length += (size_t)some;
    }
    return out->length == 0 ? ENODATA : out->length == FILE_MAX ? EFBIG : 0;
}

static enum rollcall_status pem_read(const char *path, const char *key, struct pem *out,
                                     struct reason *why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int error = fd < 0 ? errno : read_all(fd, out);

    if (fd >= 0)
        close(fd);
    if (error == 0)
        return ROLLCALL_OK;
    reason_field(why, key, "%s: cannot read %s: %s", key, path,
                 error == ESPIPE ? "it is no regular file" : strerror(error));
    return error == ENOMEM ? ROLLCALL_E_NOMEM : ROLLCALL_E_IO;
}

static gnutls_datum_t datum_of(const struct pem *pem)
{
    return (gnutls_datum_t){ .data = (unsigned char *)pem->text,
                             .size = (unsigned)pem->length };
}

/* --- Making a set. */

static int take_pair(struct tls_set *set, const struct pem *files)
{
    gnutls_datum_t cert = datum_of(&files[TLS_CERT]);
    gnutls_datum_t key = datum_of(&files[TLS_KEY]);

    return gnutls_certificate_set_x509_key_mem(set->credentials, &cert, &key,
                                               GNUTLS_X509_FMT_PEM);
}

static int take_authorities(struct tls_set *set, const struct pem *file)
{
    gnutls_datum_t authorities = datum_of(file);
    int count = gnutls_certificate_set_x509_trust_mem(set->credentials, &authorities,
                                                      GNUTLS_X509_FMT_PEM);

    set->has_authorities = count > 0;
    return count == 0 ? GNUTLS_E_NO_CERTIFICATE_FOUND : count;
}

/* An intermediate that has ended is as bad for clients as a certificate that has. */
static int find_end(struct tls_set *set)
{
    gnutls_x509_crt_t *chain;
    unsigned count;
    int code = gnutls_certificate_get_x509_crt(set->credentials, 0, &chain, &count);

    if (code < 0)
        return code;
    set->ends = INT64_MAX;
    for (unsigned i = 0; i < count; i++) {
        int64_t ends = gnutls_x509_crt_get_expiration_time(chain[i]);
        set->ends = ends < set->ends ? ends : set->ends;
        gnutls_x509_crt_deinit(chain[i]);
    }
    gnutls_free(chain);
    return 0;
}

static int take_digests(struct tls_set *set, const struct pem *files)
{
    int code = 0;

    for (unsigned i = 0; i < TLS_FILES && code >= 0; i++)
        if (files[i].text != NULL)
            code = gnutls_hash_fast(GNUTLS_DIG_SHA256, files[i].text, files[i].length,
                                    set->digests[i]);
    return code;
}

static enum rollcall_status fill(struct tls_set *set, const struct config_tls *config,
                                 const struct pem *files, struct reason *why)
{
    int code = gnutls_certificate_allocate_credentials(&set->credentials);

    if (code < 0)
        return ROLLCALL_E_NOMEM;
    code = take_pair(set, files);
    if (code >= 0)
        code = find_end(set);
    if (code >= 0)
        code = take_digests(set, files);
    if (code < 0) {
        reason_field(why, "api.tls", "api.tls: %s and %s do not make a certificate: %s",
                     config->cert, config->key, gnutls_strerror(code));
        return ROLLCALL_E_CONFIG;
    }
    if (files[TLS_CLIENT_CA].text != NULL)
        code = take_authorities(set, &files[TLS_CLIENT_CA]);
    if (code >= 0)
        return ROLLCALL_OK;
    reason_field(why, "api.tls.client_ca",
                 "api.tls.client_ca: %s holds no certificate: %s", config->client_ca,
                 gnutls_strerror(code));
    return ROLLCALL_E_CONFIG;
}

enum rollcall_status tls_load(const struct config_tls *config, struct tls_set **out,
                              struct reason *why)
{
    const char *const paths[TLS_FILES] = { config->cert, config->key, config->client_ca };
    static const char *const keys[TLS_FILES] = { "api.tls.cert", "api.tls.key",
                                                 "api.tls.client_ca" };
    struct pem files[TLS_FILES] = { { 0 } };
    struct tls_set *set = calloc(1, sizeof *set);
    enum rollcall_status status = set == NULL ? ROLLCALL_E_NOMEM : ROLLCALL_OK;

    for (unsigned i = 0; i < TLS_FILES && status == ROLLCALL_OK; i++)
        if (paths[i] != NULL)
            status = pem_read(paths[i], keys[i], &files[i], why);
    if (status == ROLLCALL_OK)
        status = fill(set, config, files, why);
    for (unsigned i = 0; i < TLS_FILES; i++)
        pem_free(&files[i]);
    if (status != ROLLCALL_OK) {
        tls_release(set);
        return status;
    }
    *out = tls_hold(set);
    return ROLLCALL_OK;
}

struct tls_set *tls_hold(struct tls_set *set)
{
    set->holders++;
    return set;
}

void tls_release(struct tls_set *set)
{
    if (set == NULL || (set->holders > 0 && --set->holders > 0))
        return;
    if (set->credentials != NULL)
        gnutls_certificate_free_credentials(set->credentials);
    free(set);
}

bool tls_file_equal(const struct tls_set *set, const struct tls_set *other,
                    enum tls_file file)
{
    return memcmp(set->digests[file], other->digests[file], DIGEST_OCTETS) == 0;
}

int64_t tls_ends(const struct tls_set *set)
{
    return set->ends;
}

bool tls_has_authorities(const struct tls_set *set)
{
    return set->has_authorities;
}

/* --- Sessions. */

/* What is there already is replaced. */
static bool give(void *session, const struct tls_set *set)
{
    return gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, set->credentials) == 0;
}

bool tls_begin(const struct tls_set *set, void *session)
{
    gnutls_certificate_server_set_request(
        session, set->has_authorities ? GNUTLS_CERT_REQUEST : GNUTLS_CERT_IGNORE);
    return give(session, set);
}

/* GnuTLS looks for authorities in the credentials of the session. */
bool tls_client_is_verified(void *session, const struct tls_set *begun,
                            const struct tls_set *judge)
{
    unsigned faults = 0;

    if (!begun->has_authorities || !judge->has_authorities || !give(session, judge))
        return false;
    bool verified =
        gnutls_certificate_verify_peers2(session, &faults) == 0 && faults == 0;
    give(session, begun);
    return verified;
}

static int refuse(gnutls_session_t session, const gnutls_datum_t *authorities, int count,
                  const gnutls_pk_algorithm_t *algorithms, int algorithm_count,
                  gnutls_pcert_st **certificate, unsigned *length, gnutls_privkey_t *key)
{
    (void)session;
    (void)authorities;
    (void)count;
    (void)algorithms;
    (void)algorithm_count;
    (void)certificate;
    (void)length;
    (void)key;
    return -1;
}

void *tls_no_certificate(void)
{
    gnutls_certificate_retrieve_function2 *function = refuse;
    void *pointer;

    static_assert(sizeof pointer == sizeof function, "POSIX says so (dlsym)");
    memcpy(&pointer, &function, sizeof pointer);
    return pointer;
}
