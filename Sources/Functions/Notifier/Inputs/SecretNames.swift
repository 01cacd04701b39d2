import Basics

/// Tells by the name of a key whether its value is a secret.
///
/// `DB_PASSWORD`, `secretAccessKey` and `X-Auth-Token` are names of secrets; `tokens_used`, `secretArn` and
/// `passwordLastChanged` tell something about one.
enum SecretNames {
    /// What kind of secret a name stands for.
    enum Kind: Sendable {
        /// Its value is always a secret.
        case password
        /// Its value is a secret unless it is a number: `token: 5` counts tokens.
        case token
    }

    /// The kind of secret that a key names; nil for an ordinary key.
    static func kind(of key: some StringProtocol) -> Kind? {
        guard mayBeSecret(key.utf8) else { return nil }
        let words = words(of: key)
        guard let last = words.last, !descriptions.contains(last) else { return nil }
        if words.contains(where: { passwords.contains($0) || isPassword($0) }) { return .password }
        if words.count > 1, last == "pass" { return .password }
        if words.contains(where: tokens.contains) { return .token }
        let pairs = zip(words, words.dropFirst())
        return pairs.contains { keys.contains($0) && $1 == "key" || $0 == "connection" && $1.hasPrefix("string") }
            ? .token : nil
    }

    /// Whether a word such as that of `PGPASSWORD` or `password2` is one for a password.
    private static func isPassword(_ word: String) -> Bool {
        String(word.reversed().drop(while: \.isNumber).reversed()).hasSuffix("password")
    }

    /// Whether a key names the environment of a process, whose values are nobody's business.
    static func isEnvironment(_ key: String) -> Bool {
        guard key.utf8.count <= 32 else { return false }
        let letters = key.lowercased().filter { $0 != "_" && $0 != "-" }
        return ["environment", "environmentvariables", "environmentvariablesoverride", "envvars", "env"]
            .contains(letters)
    }

    private static let passwords: Set<String> = [
        "secret", "password", "passwd", "pwd", "passphrase", "passcode",
    ]
    private static let tokens: Set<String> = [
        "secrets", "passwords", "token", "tokens", "authtoken", "accesstoken", "authorization", "credential",
        "credentials", "cookie",
        "cookies", "apikey", "apikeys", "accesskey", "secretkey", "privatekey", "auth", "dsn",
    ]
    /// What makes a `key` one of cryptography.
    private static let keys: Set<String> = [
        "api", "private", "access", "account", "signing", "storage", "shared", "master", "license",
        "ssh", "session", "app", "application", "routing", "integration", "encryption",
    ]
    /// The last word of a name that tells something about a secret, but not the secret.
    private static let descriptions: Set<String> = [
        "name", "names", "arn", "arns", "id", "ids", "type", "types", "kind", "count", "counts", "length", "size",
        "expiry", "expires", "expiration", "expired", "age", "used", "usage", "limit", "limits", "status", "state",
        "uri", "path", "version", "versions", "stage", "stages", "rotation", "rotated", "policy", "enabled",
        "disabled", "required", "valid", "created", "changed", "updated", "modified", "accessed", "date", "time",
        "at", "ttl", "max", "min", "total", "remaining", "region", "format", "provider", "source", "reference", "ref",
        "from", "manager", "budget", "per", "second", "minute", "endpoint", "algorithm", "description", "scope",
        "scopes", "issuer", "audience", "exists", "attempts", "failures", "failed", "error", "errors", "reason",
        "service", "method", "mode", "group", "rate", "prompt", "completion", "url", "urls", "host", "domain", "user",
        "username", "header", "active", "lambda", "function", "queue", "job", "worker", "handler", "api", "server",
        "alarm", "check", "cluster", "controller", "reset", "com",
    ]

    /// Whether a letter group occurs that every name above has; most keys end here.
    static func mayBeSecret(_ key: some Collection<UInt8>) -> Bool {
        guard (3...128).contains(key.count) else { return false }
        var last: UInt32 = 0
        for byte in key {
            last = last << 8 | UInt32(byte | 0x20)
            switch last {
            // secr, pass, toke, auth, cred, cook, conn
            case 0x7365_6372, 0x7061_7373, 0x746F_6B65, 0x6175_7468, 0x6372_6564, 0x636F_6F6B, 0x636F_6E6E: return true
            default: break
            }
            switch last & 0xFF_FFFF {
            case 0x70_7764, 0x6B_6579, 0x64_736E: return true  // pwd, key, dsn
            default: break
            }
        }
        return false
    }

    /// The words of an identifier in lower case: `secretAccessKey` and `SECRET_ACCESS_KEY` are secret, access, key.
    private static func words(of key: some StringProtocol) -> [String] {
        var words: [String] = []
        var word: [UInt8] = []
        let bytes = Array(key.utf8)
        func isUpper(_ index: Int) -> Bool { bytes.indices.contains(index) && (0x41...0x5A).contains(bytes[index]) }
        func isLower(_ index: Int) -> Bool { bytes.indices.contains(index) && (0x61...0x7A).contains(bytes[index]) }
        for (index, byte) in bytes.enumerated() {
            let startsWord = isUpper(index) && (isLower(index - 1) || isUpper(index - 1) && isLower(index + 1))
            if (startsWord || !byte.isASCIIAlphanumeric), !word.isEmpty {
                words.append(String(decoding: word, as: UTF8.self))
                word = []
            }
            if byte.isASCIIAlphanumeric { word.append(isUpper(index) ? byte | 0x20 : byte) }
        }
        return word.isEmpty ? words : words + [String(decoding: word, as: UTF8.self)]
    }
}
