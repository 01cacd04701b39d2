/// Host names with other letters than those of ASCII, in the form that name servers and certificates have: `bücher.de`
/// is `xn--bcher-kva.de` (Punycode, RFC 3492; IDNA, RFC 5891).
///
/// Letters become small ones and the full stops of East Asia dots. No further mapping is done: wide letters, ligatures
/// and letters with a separate accent have no form here and must be written as `xn--…`.
public enum InternationalName {
    /// The name in ASCII; an ASCII name as it is, nil for one that has no form.
    public static func ascii(_ name: String) -> String? {
        guard name.utf8.contains(where: { $0 >= 0x80 }) else { return name }
        let dots: Set<Unicode.Scalar> = ["\u{3002}", "\u{FF0E}", "\u{FF61}"]
        let mapped = String(String.UnicodeScalarView(name.unicodeScalars.map { dots.contains($0) ? "." : $0 }))
        var labels: [String] = []
        for label in mapped.lowercased().split(separator: ".", omittingEmptySubsequences: false) {
            guard let ascii = self.label(Array(label.unicodeScalars)) else { return nil }
            labels.append(ascii)
        }
        let whole = labels.joined(separator: ".")
        return whole.utf8.count <= 253 ? whole : nil
    }

    /// A URL with its host in ASCII; nil when the host has no such form.
    ///
    /// What is not ASCII elsewhere stays.
    public static func ascii(url: String) -> String? {
        guard url.utf8.contains(where: { $0 >= 0x80 }), let scheme = url.firstIndex(of: ":"),
            url[scheme...].hasPrefix("://")
        else { return url }
        let start = url.index(scheme, offsetBy: 3)
        let end = url[start...].firstIndex { "/?#".contains($0) } ?? url.endIndex
        let hostStart = url[start..<end].lastIndex(of: "@").map { url.index(after: $0) } ?? start
        // A port follows the only colon; the host is no IPv6 address then.
        let hostEnd = url[hostStart..<end].firstIndex(of: ":") ?? end
        guard let host = ascii(String(url[hostStart..<hostEnd])) else { return nil }
        return url[..<hostStart] + host + url[hostEnd...]
    }

    private static func label(_ scalars: [Unicode.Scalar]) -> String? {
        if scalars.allSatisfy(\.isASCII) { return String(String.UnicodeScalarView(scalars)) }
        guard scalars.allSatisfy(isAllowed), let code = Punycode.encode(scalars.map(\.value)) else { return nil }
        return code.utf8.count <= 59 ? "xn--" + code : nil
    }

    /// Whether a small letter, a digit, a mark or a symbol stands for itself.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            let isLetterOrDigit = scalar.properties.isAlphabetic || "0"..."9" ~= scalar
            return isLetterOrDigit || scalar == "-" || scalar == "_"
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .spaceSeparator, .lineSeparator,
            .paragraphSeparator:
            return false
        default: break
        }
        // The sharp s and the final sigma are letters of their own since IDNA 2008. An accent that stands alone is
        // part of a letter that has another, single form.
        if scalar == "ß" || scalar == "ς" { return true }
        return !scalar.properties.changesWhenNFKCCaseFolded && !(0x300...0x36F ~= scalar.value)
    }
}

/// The encoding of RFC 3492, section 6.3, with the parameters of section 5.
private enum Punycode {
    private static let (base, tMin, tMax, skew, damp): (UInt32, UInt32, UInt32, UInt32, UInt32) = (36, 1, 26, 38, 700)

    /// nil when the label is so long that numbers overflow.
    static func encode(_ input: [UInt32]) -> String? {
        var output = input.filter { $0 < 0x80 }.map { UInt8($0) }
        let basic = UInt32(output.count)
        if basic > 0 { output.append(UInt8(ascii: "-")) }
        var (code, delta, bias, handled): (UInt32, UInt32, UInt32, UInt32) = (0x80, 0, 72, basic)
        guard input.count < 256 else { return nil }
        while handled < UInt32(input.count), let next = input.filter({ $0 >= code }).min() {
            delta += (next - code) * (handled + 1)  // at most 0x10FFFF * 256, below 2^32
            code = next
            for scalar in input {
                if scalar < code { delta += 1 }
                guard scalar == code else { continue }
                var rest = delta
                var position = base
                while true {
                    let threshold = position <= bias ? tMin : min(tMax, max(tMin, position - bias))
                    if rest < threshold { break }
                    output.append(digit(threshold + (rest - threshold) % (base - threshold)))
                    rest = (rest - threshold) / (base - threshold)
                    position += base
                }
                output.append(digit(rest))
                bias = adapted(delta, handled + 1, isFirst: handled == basic)
                delta = 0
                handled += 1
            }
            delta += 1
            code += 1
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func adapted(_ delta: UInt32, _ count: UInt32, isFirst: Bool) -> UInt32 {
        var delta = isFirst ? delta / damp : delta / 2
        delta += delta / count
        var k: UInt32 = 0
        while delta > (base - tMin) * tMax / 2 {
            delta /= base - tMin
            k += base
        }
        return k + (base - tMin + 1) * delta / (delta + skew)
    }

    private static func digit(_ value: UInt32) -> UInt8 {
        UInt8(value < 26 ? value + 97 : value - 26 + 48)
    }
}
