#include "http/tls.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1024 * 1024 };

static enum rollcall_status read_file(const char *path, const char *key, char **out,
                                      struct reason *why)
{
    FILE *file = fopen(path, "re");
    char *text = file == NULL ? NULL : calloc(1, FILE_MAX + 1);
    int error = file == NULL ? errno : 0;

    if (text != NULL && fread(text, 1, FILE_MAX, file) == 0)
        error = ferror(file) ? errno : ENODATA;
    if (file != NULL)
        fclose(file);
    if (error != 0 || text == NULL) {
        reason_field(why, key, "cannot read %s: %s", path,
                     error != 0 ? strerror(error) : "out of memory");
        free(text);
        return ROLLCALL_E_IO;
    }
    char *fitted = realloc(text, strlen(text) + 1);
    *out = fitted == NULL ? text : fitted;
    return ROLLCALL_OK;
}

static gnutls_datum_t datum_of(char *text)
{
    return (gnutls_datum_t){ .data = (unsigned char *)text,
                             .size = (unsigned)strlen(text) };
}

/* GnuTLS is asked now what libmicrohttpd will ask it. */
static enum rollcall_status check(const struct config_tls *config,
                                  const struct tls_files *files, struct reason *why)
{
    gnutls_certificate_credentials_t credentials;
    gnutls_datum_t cert = datum_of(files->cert);
    gnutls_datum_t key = datum_of(files->key);
    int code = gnutls_certificate_allocate_credentials(&credentials);

    if (code < 0)
        return ROLLCALL_E_NOMEM;
    code = gnutls_certificate_set_x509_key_mem(credentials, &cert, &key,
                                               GNUTLS_X509_FMT_PEM);
    if (code < 0)
        reason_field(why, "api.tls", "api.tls: %s and %s do not make a certificate: %s",
                     config->cert, config->key, gnutls_strerror(code));
    if (code >= 0 && files->client_ca != NULL) {
        gnutls_datum_t ca = datum_of(files->client_ca);
        code =
            gnutls_certificate_set_x509_trust_mem(credentials, &ca, GNUTLS_X509_FMT_PEM);
        if (code == 0)
            code = GNUTLS_E_NO_CERTIFICATE_FOUND;
        if (code < 0)
            reason_field(why, "api.tls.client_ca",
                         "api.tls.client_ca: %s holds no certificate: %s",
                         config->client_ca, gnutls_strerror(code));
    }
    gnutls_certificate_free_credentials(credentials);
    return code < 0 ? ROLLCALL_E_CONFIG : ROLLCALL_OK;
}

enum rollcall_status tls_load(const struct config_tls *config, struct tls_files **out,
                              struct reason *why)
{
    struct tls_files *files = calloc(1, sizeof *files);
    enum rollcall_status status;

    if (files == NULL)
        return ROLLCALL_E_NOMEM;
    status = read_file(config->cert, "api.tls.cert", &files->cert, why);
    if (status == ROLLCALL_OK)
        status = read_file(config->key, "api.tls.key", &files->key, why);
    if (status == ROLLCALL_OK && config->client_ca != NULL)
        status =
            read_file(config->client_ca, "api.tls.client_ca", &files->client_ca, why);
    if (status == ROLLCALL_OK)
        status = check(config, files, why);
    if (status != ROLLCALL_OK) {
        tls_free(files);
        return status;
    }
    *out = files;
    return ROLLCALL_OK;
}

void tls_free(struct tls_files *files)
{
    if (files == NULL)
        return;
    if (files->key != NULL)
        explicit_bzero(files->key, strlen(files->key));
    free(files->cert);
    free(files->key);
    free(files->client_ca);
    free(files);
}

bool tls_client_is_verified(void *session)
{
    unsigned status = 0;

    return gnutls_certificate_verify_peers2(session, &status) == 0 && status == 0;
}
