#pragma once
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// RFC 2253 names with UTF-8 left readable; a macro of casts, which Swift does not see.
static const unsigned long openssl_readable_name = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;
