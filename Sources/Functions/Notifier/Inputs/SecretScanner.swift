import Basics

/// Finds secrets in a text, byte by byte and in one pass: every alarm's texts go through it.
struct SecretScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var found: [Range<Int>] = []

    /// The places of the secrets, in their order; they do not overlap.
    static func secrets(in bytes: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        var scanner = SecretScanner(bytes)
        scanner.scan()
        return scanner.found
    }

    private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    private mutating func scan() {
        let seconds = Self.secondLetters
        var index = 0
        var isInWord = false
        while index < bytes.count {
            let byte = bytes[index]
            var secret: Range<Int>?
            switch byte {
            case UInt8(ascii: "="), UInt8(ascii: ":"): secret = value(after: index) ?? userInfo(after: index)
            case UInt8(ascii: "-") where !isInWord: secret = privateKey(at: index)
            case _ where !isInWord && byte < 0x80 && index + 1 < bytes.count:
                // Most words end here.
                let second = UInt64(1) << UInt64(bytes[index + 1] & 0x3F)
                if seconds[Int(byte)] & second != 0 { secret = token(at: index) }
            default: break
            }
            if let secret {
                found.append(secret)
                index = secret.upperBound
                isInWord = false
            } else {
                isInWord = byte.isASCIIAlphanumeric || byte == UInt8(ascii: "_")
                index += 1
            }
        }
    }

    private func starts(_ text: StaticString, at index: Int) -> Bool {
        guard index + text.utf8CodeUnitCount <= bytes.count else { return false }
        return (0..<text.utf8CodeUnitCount).allSatisfy { text.utf8Start[$0] == bytes[index + $0] }
    }

    /// The end of the characters that tokens are made of.
    private func endOfToken(from start: Int, also extra: StaticString = "") -> Int {
        var end = start
        while end < bytes.count {
            let byte = bytes[end]
            let isExtra = (0..<extra.utf8CodeUnitCount).contains { extra.utf8Start[$0] == byte }
            guard byte.isASCIIAlphanumeric || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || isExtra else {
                break
            }
            end += 1
        }
        return end
    }

    private func hasDigit(_ range: Range<Int>) -> Bool { range.contains { (0x30...0x39).contains(bytes[$0]) } }
}

// MARK: Shapes

extension SecretScanner {
    /// How the tokens of a service begin, and how many characters follow at least.
    private struct Shape {
        let prefix: StaticString
        let length: Int
        var extra: StaticString = ""
        /// Capitals and digits alone.
        var isKeyID = false
        /// With 16 letters or digits in a row.
        var hasLongWord = false
    }

    private static let shapes: [Shape] =
        [
            Shape(prefix: "AGE-SECRET-KEY-", length: 20), Shape(prefix: "AIza", length: 30),
            Shape(prefix: "AKIA", length: 16, isKeyID: true), Shape(prefix: "ASIA", length: 16, isKeyID: true),
            Shape(prefix: "LTAI", length: 12),
            Shape(prefix: "SG.", length: 20, extra: "."), Shape(prefix: "dop_v1_", length: 20),
            Shape(prefix: "discord.com/api/webhooks/", length: 8, extra: "/"),
            Shape(prefix: "discordapp.com/api/webhooks/", length: 8, extra: "/"),
            Shape(prefix: "github_pat_", length: 20), Shape(prefix: "glpat-", length: 12),
            Shape(prefix: "hf_", length: 30), Shape(prefix: "hvs.", length: 20),
            Shape(prefix: "hooks.slack.com/services/", length: 8, extra: "/"),
            Shape(prefix: "hooks.slack.com/workflows/", length: 8, extra: "/"), Shape(prefix: "npm_", length: 30),
            Shape(prefix: "pypi-", length: 30), Shape(prefix: "rk_live_", length: 8),
            Shape(prefix: "rk_test_", length: 8),
            Shape(prefix: "sk_live_", length: 8), Shape(prefix: "sk_test_", length: 8),
            Shape(prefix: "sk-", length: 20, hasLongWord: true),
            Shape(prefix: "shpat_", length: 20), Shape(prefix: "whsec_", length: 8), Shape(prefix: "xapp-", length: 8),
            Shape(prefix: "xoxe.xox", length: 8), Shape(prefix: "ya29.", length: 20),
            // Signed URLs of S3 and Azure, and webhooks.
            Shape(prefix: "X-Amz-Signature=", length: 32), Shape(prefix: "sig=", length: 20, extra: "%"),
            Shape(prefix: "webhook.office.com/webhookb2/", length: 16, extra: "/@"),
            Shape(prefix: "open.feishu.cn/open-apis/bot/v2/hook/", length: 8),
            Shape(prefix: "open.larksuite.com/open-apis/bot/v2/hook/", length: 8),
            Shape(prefix: "qyapi.weixin.qq.com/cgi-bin/webhook/send?key=", length: 8),
            Shape(prefix: "api.telegram.org/bot", length: 30, extra: ":"),
        ] + (["ghp_", "gho_", "ghu_", "ghs_", "ghr_"] as [StaticString]).map { Shape(prefix: $0, length: 20) }
        + (["xoxa-", "xoxb-", "xoxc-", "xoxd-", "xoxe-", "xoxp-", "xoxr-", "xoxs-"] as [StaticString]).map {
            Shape(prefix: $0, length: 8)
        }

    /// By the first letter, because each word of a text is looked up.
    private static let shapesByLetter: [[Shape]] = (0..<128).map { letter in
        shapes.filter { $0.prefix.utf8Start[0] == letter }
    }

    /// For each first byte of a token the second ones, as bits of their lower six bits.
    private static let secondLetters: [UInt64] = (0..<128).map { first in
        func bits(_ letters: String) -> UInt64 { letters.utf8.reduce(0) { $0 | 1 << UInt64($1 & 0x3F) } }
        switch UInt8(first) {
        case UInt8(ascii: "e"): return bits("y")
        case UInt8(ascii: "b"), UInt8(ascii: "B"): return bits("e")
        case 0x30...0x39: return bits("0123456789")
        default: return shapesByLetter[first].reduce(0) { $0 | 1 << UInt64($1.prefix.utf8Start[1] & 0x3F) }
        }
    }

    /// A token that begins here.
    private func token(at index: Int) -> Range<Int>? {
        let letter = bytes[index]
        if letter == UInt8(ascii: "e") { return webToken(at: index) }
        if (0x30...0x39).contains(letter) { return telegramToken(at: index) }
        if letter | 0x20 == UInt8(ascii: "b"), let bearer = bearerToken(at: index) { return bearer }
        for shape in Self.shapesByLetter[Int(letter)] where starts(shape.prefix, at: index) {
            let tail = index + shape.prefix.utf8CodeUnitCount
            let end = endOfToken(from: tail, also: shape.extra)
            guard end - tail >= shape.length, isRandom(tail..<end, after: shape) else { continue }
            // Of a webhook the host may show.
            let isAddress = (index..<tail).contains { "/=".utf8.contains(bytes[$0]) }
            return isAddress ? tail..<end : index..<end
        }
        return nil
    }

    /// Whether this may be the rest of a token: `sk-learn-2026-train-job` and `ASIAN-market-latency` are names.
    private func isRandom(_ tail: Range<Int>, after shape: Shape) -> Bool {
        if shape.isKeyID {
            return tail.prefix(shape.length).allSatisfy { hasDigit($0..<$0 + 1) || (0x41...0x5A).contains(bytes[$0]) }
        }
        if shape.hasLongWord {
            return bytes[tail].split { !$0.isASCIIAlphanumeric }.contains { $0.count >= 16 } && hasDigit(tail)
        }
        return hasDigit(tail)
    }

    /// A JSON Web Token: `{"` in Base64, and two or more parts after dots.
    private func webToken(at index: Int) -> Range<Int>? {
        guard starts("eyJ", at: index) else { return nil }
        let end = endOfToken(from: index, also: ".")
        let dots = (index..<end).count { bytes[$0] == UInt8(ascii: ".") }
        return dots >= 1 && end - index >= 24 ? index..<end : nil
    }

    /// A Telegram bot's: a number of eight to ten digits, a colon, `AA` and 33 characters or about that.
    private func telegramToken(at index: Int) -> Range<Int>? {
        var colon = index
        while colon < bytes.count, (0x30...0x39).contains(bytes[colon]) { colon += 1 }
        guard (8...10).contains(colon - index), colon < bytes.count, bytes[colon] == UInt8(ascii: ":") else {
            return nil
        }
        guard starts("AA", at: colon + 1) else { return nil }
        let end = endOfToken(from: colon + 1)
        return end - colon > 30 ? index..<end : nil
    }

    /// What follows `Bearer `, unless it is a word of a sentence.
    private func bearerToken(at index: Int) -> Range<Int>? {
        guard starts("Bearer ", at: index) || starts("bearer ", at: index) else { return nil }
        let start = index + 7
        let end = endOfToken(from: start, also: ".+/=~")
        return end - start >= 12 && hasDigit(start..<end) ? start..<end : nil
    }

    /// `-----BEGIN … PRIVATE KEY-----` to its end, or to the text's.
    private func privateKey(at index: Int) -> Range<Int>? {
        guard starts("-----BEGIN ", at: index) else { return nil }
        var end = index + 11
        while end < bytes.count, bytes[end] != UInt8(ascii: "-") { end += 1 }
        guard (index..<end).contains(where: { starts("PRIVATE", at: $0) }) else { return nil }
        while end < bytes.count {
            if starts("-----END ", at: end) {
                end += 9
                while end < bytes.count, bytes[end] != UInt8(ascii: "-") { end += 1 }
                while end < bytes.count, bytes[end] == UInt8(ascii: "-") { end += 1 }
                return index..<end
            }
            end += 1
        }
        return index..<end
    }

    /// The password of `scheme://user:password@host`, or a token in place of both.
    private func userInfo(after colon: Int) -> Range<Int>? {
        guard starts("://", at: colon) else { return nil }
        let start = colon + 3
        var (at, separator): (Int?, Int?) = (nil, nil)
        var index = start
        while index < bytes.count, bytes[index] > 0x20, !#"/?#"'<>\"#.utf8.contains(bytes[index]) {
            if bytes[index] == UInt8(ascii: ":"), separator == nil { separator = index }
            if bytes[index] == UInt8(ascii: "@") { at = index }
            index += 1
        }
        guard let at else { return nil }
        if let separator, separator < at { return separator + 1 < at ? separator + 1..<at : nil }
        return at - start >= 16 ? start..<at : nil
    }
}

// MARK: Keys and values

extension SecretScanner {
    /// The value of `password=…`, `"secret": "…"` or `Authorization: …`, where this is the `=` or `:`.
    private func value(after separator: Int) -> Range<Int>? {
        let isColon = bytes[separator] == UInt8(ascii: ":")
        guard let key = key(before: separator), SecretNames.mayBeSecret(bytes[key]),
            let kind = SecretNames.kind(of: String(decoding: bytes[key], as: UTF8.self))
        else { return nil }
        var start = separator + 1
        while start < bytes.count, start - separator < 4, isSpaceOrMark(start), !starts("***", at: start) { start += 1 }
        guard start < bytes.count, !(bytes[start] == UInt8(ascii: "=") || starts("//", at: start)) else { return nil }
        let hasSpace = start > separator + 1
        // "/prod/db/password: not found" tells of a parameter, "task-definition/rotate-password:12" of a version.
        if isColon, key.lowerBound > 0, bytes[key.lowerBound - 1] == UInt8(ascii: "/") { return nil }
        if bytes[start] == UInt8(ascii: "\\") { start += 1 }  // JSON within JSON
        if start < bytes.count, bytes[start] == UInt8(ascii: "\"") || bytes[start] == UInt8(ascii: "'") {
            return quoted(from: start, kind)
        }
        let first = start..<endOfValue(from: start)
        let afterScheme = startAfterScheme(first)
        if isHarmless(first, kind) { return nil }
        // "credentials: user: …" is a mapping, whose values are looked at one by one.
        if kind == .token, isColon, hasSpace, bytes[first.upperBound - 1] == UInt8(ascii: ":") { return nil }
        // "password-checker: ERROR" tells of a service.
        if isColon, hasSpace, isServiceName(key),
            first.allSatisfy({ bytes[$0].isASCIIAlphanumeric && bytes[$0] > 0x39 })
        {
            return nil
        }
        // "token: expired" is a sentence.
        if afterScheme == nil, kind == .token, isColon, hasSpace, isOrdinaryWord(first) { return nil }
        start = afterScheme ?? start
        let end = isColon && isHeader(key) ? endOfLine(from: start) : endOfValue(from: start)
        return start < end ? start..<end : nil
    }

    /// Whether a key has hyphens, and no secret as its last word, as `X-Auth-Token` has.
    private func isServiceName(_ key: Range<Int>) -> Bool {
        guard let hyphen = bytes[key].lastIndex(of: UInt8(ascii: "-")) else { return false }
        let last = String(decoding: bytes[hyphen + 1..<key.upperBound], as: UTF8.self).lowercased()
        return last != "key" && SecretNames.kind(of: last) == nil
    }

    /// Whether a key is a header whose whole line is secret: `Cookie: a=…; b=…`.
    private func isHeader(_ key: Range<Int>) -> Bool {
        let name = String(decoding: bytes[key], as: UTF8.self).lowercased()
        return name.hasSuffix("cookie") || name.hasSuffix("authorization")
    }

    private func endOfLine(from start: Int) -> Int {
        var end = start
        while end < bytes.count, bytes[end] >= 0x20, !"\"'<>".utf8.contains(bytes[end]) { end += 1 }
        return end
    }

    /// The identifier before a separator, without its quotation mark.
    private func key(before separator: Int) -> Range<Int>? {
        var end = separator
        while end > 0, separator - end < 2, isSpaceOrMark(end - 1) { end -= 1 }
        if end > 0, bytes[end - 1] == UInt8(ascii: "\"") || bytes[end - 1] == UInt8(ascii: "'") { end -= 1 }
        if end > 0, bytes[end - 1] == UInt8(ascii: "\\") { end -= 1 }
        var start = startOfIdentifier(before: end)
        // "API key: …", "connection string: …"
        let halves: [StaticString] = ["key", "Key", "KEY", "string", "String"]
        let isHalf = halves.contains { end - start == $0.utf8CodeUnitCount && starts($0, at: start) }
        if isHalf, start > 1, bytes[start - 1] == 0x20 { start = startOfIdentifier(before: start - 1) }
        // In an ARN, `secret:` is the type of a resource.
        if start > 0, bytes[start - 1] == UInt8(ascii: ":") { return nil }
        return end > start ? start..<end : nil
    }

    /// A space, or a mark of bold text or code: `*Password:* x`, "**Password**: `x`".
    private func isSpaceOrMark(_ index: Int) -> Bool { bytes[index] == 0x20 || "*`".utf8.contains(bytes[index]) }

    private func startOfIdentifier(before end: Int) -> Int {
        var start = end
        while start > 0, end - start < 64 {
            let byte = bytes[start - 1]
            guard byte.isASCIIAlphanumeric || "_-.".utf8.contains(byte) else { break }
            start -= 1
        }
        return start
    }

    private func quoted(from quote: Int, _ kind: SecretNames.Kind) -> Range<Int>? {
        var end = quote + 1
        while end < bytes.count, bytes[end] != bytes[quote], bytes[end] != 0x0A {
            // The quotation mark of JSON within JSON has a backslash.
            if bytes[end] == UInt8(ascii: "\\"), end + 1 < bytes.count, bytes[end + 1] == bytes[quote] { break }
            end += 1
        }
        let value = quote + 1..<end
        return value.isEmpty || isHarmless(value, kind) ? nil : value
    }

    private func endOfValue(from start: Int) -> Int {
        var end = start
        while end < bytes.count, bytes[end] > 0x20, !#",;&|)]}"'<>\"#.utf8.contains(bytes[end]) { end += 1 }
        return end
    }

    /// Where the value after `Bearer`, `Basic` or another scheme of an authorization begins; nil without a scheme.
    private func startAfterScheme(_ word: Range<Int>) -> Int? {
        let schemes: [StaticString] = ["Bearer", "bearer", "Basic", "basic", "Token", "token", "Digest", "Negotiate"]
        let isScheme = schemes.contains { $0.utf8CodeUnitCount == word.count && starts($0, at: word.lowerBound) }
        guard isScheme, word.upperBound < bytes.count, bytes[word.upperBound] == 0x20 else { return nil }
        return word.upperBound + 1
    }

    /// Nothing, a reference, the mask itself, or a count of tokens.
    private func isHarmless(_ range: Range<Int>, _ kind: SecretNames.Kind) -> Bool {
        if range.isEmpty || starts("arn:", at: range.lowerBound) || starts("***", at: range.lowerBound) { return true }
        for word in ["null", "nil", "none", "true", "false", "None", "True", "False"] as [StaticString]
        where word.utf8CodeUnitCount == range.count && starts(word, at: range.lowerBound) {
            return true
        }
        return kind == .token && range.allSatisfy { (0x30...0x39).contains(bytes[$0]) || bytes[$0] == 0x2E }
    }

    private func isOrdinaryWord(_ range: Range<Int>) -> Bool {
        range.allSatisfy { (0x61...0x7A).contains(bytes[$0]) || ".'".utf8.contains(bytes[$0]) }
    }
}
