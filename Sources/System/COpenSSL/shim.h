#pragma once
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// To be called before whatever else needs OpenSSL's set-up. Otherwise the first such call makes exit() free what OpenSSL
// holds for every thread, while a thread that ends just then frees the same, and others may still use it.
static inline int openssl_keep_at_exit(void) { return OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL); }

// RFC 2253 names with UTF-8 left readable; a macro of casts, which Swift does not see.
static const unsigned long openssl_readable_name = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;

// Macros of functions, which Swift does not see.
static const uint64_t openssl_client_options = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION;

static inline SSL_CTX *openssl_client_context(void) {
    openssl_keep_at_exit();
    return SSL_CTX_new(TLS_client_method());
}

static inline int openssl_set_minimum_version(SSL_CTX *context, int version) {
    return SSL_CTX_set_min_proto_version(context, version);
}

static inline int openssl_set_maximum_version(SSL_CTX *context, int version) {
    return SSL_CTX_set_max_proto_version(context, version);
}

static inline int openssl_set_server_name(SSL *tls, const char *name) {
    return SSL_set_tlsext_host_name(tls, name);
}

static inline int openssl_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(context, certificate);
}
