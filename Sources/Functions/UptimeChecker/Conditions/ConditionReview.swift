import Basics
import Glibc
import JSON

/// Finds comparisons that are Gatus's language and can mean nothing: those with a value that the placeholder never has.
///
/// Gatus takes a text where a number belongs for 0, so `[RESPONSE_TIME] > soon` always holds, and compares anything as
/// text, so `[STATUS] == 2xx` never does.
extension Comparison {
    /// Why the comparison can mean nothing, for people; nil when it is fine.
    var fault: String? {
        if left.placeholder == nil && right.placeholder == nil {
            return "both sides are plain text, so no answer changes this comparison: the placeholders are "
                + Placeholder.names
        }
        for side in [left, right] {
            if let fault = side.strayJoint ?? side.contextInside { return fault }
        }
        switch comparisonOperator {
        case .equal, .notEqual: return equalityFault
        case .atMost, .atLeast, .above, .below: return orderFault
        }
    }

    // MARK: < and >

    private var orderFault: String? {
        for (side, other) in [(left, right), (right, left)] {
            switch side.kind {
            case .pattern, .any, .expression: return "`\(side.text)` goes with == and !="
            case .value, .length, .existence:
                if !side.values.canBeNumber { return "`\(side.text)` is no number: compare it with == or !=" }
            case .text:
                if let fault = numberFault(side, other) { return fault }
            }
        }
        guard left.placeholder == nil || right.placeholder == nil else { return nil }
        let (side, other) = left.placeholder == nil ? (right, left) : (left, right)
        guard let values = side.values.numbers, !holds(forSomethingIn: values) else { return nil }
        return "this never holds: `\(side.text)` is always "
            + (values.upperBound == .max ? "0 or more" : "from 0 to \(values.upperBound)")
            + ", never \(comparisonOperator.rawValue) `\(other.text)`"
    }

    private func numberFault(_ side: Operand, _ other: Operand) -> String? {
        let value = ResolvedValue(side.text)
        guard value.number != nil || value.length != nil else {
            return "`\(side.text)` is neither a number nor a length of time such as 500ms, 48h or 30d"
        }
        let isLength = NumberText.integer(value.bytes) == nil && NumberText.decimal(value.bytes) == nil
        guard isLength, [.status, .count].contains(other.values) else { return nil }
        return "`\(side.text)` is a length of time, and `\(other.text)` is none"
    }

    /// Whether a comparison with one text holds for any of the values.
    private func holds(forSomethingIn values: ClosedRange<Int64>) -> Bool {
        [values.lowerBound, values.upperBound].contains { value in
            let number = { (side: Operand) in
                side.placeholder == nil ? side.number(of: ResolvedValue(side.text)) : value
            }
            return comparisonOperator.holds(number(left), number(right))
        }
    }

    // MARK: == and !=

    private var equalityFault: String? {
        let (side, other) = left.placeholder == nil ? (right, left) : (left, right)
        guard other.placeholder == nil else { return nil }
        let values = side.values
        func fault(_ text: String) -> String {
            (text.isEmpty ? "an empty text" : "`\(text)`")
                + " is never the value of `\(side.text)`, which is \(values.noun)"
        }
        switch other.kind {
        case .any(let options):
            if let option = options.first(where: { $0.hasPrefix("pat(") || $0.hasPrefix("regex(") }) {
                return "any(…) lists texts, and `\(option)` is one there: join two comparisons with ||"
            }
            // The options are compared as texts, so a number has to be written as the value is.
            return options.first { !values.canBe($0, exactly: true) }.map(fault)
        case .text: return values.canBe(other.text, exactly: false) ? nil : fault(other.text)
        case .pattern, .expression:
            if let known = values.known { return known.contains(where: matches) ? nil : fault(other.text) }
            guard case .pattern = other.kind else { return nil }
            let bytes = other.text.utf8.dropFirst("pat(".utf8.count).dropLast()
            return bytes.allSatisfy { values.canHave($0) || #"*?[]^-\"#.utf8.contains($0) } ? nil : fault(other.text)
        case .value, .length, .existence: return nil
        }
    }

    /// Whether the placeholder's side is equal to the other one when it has this value.
    private func matches(_ value: String) -> Bool {
        let sides = [left, right].map { ResolvedValue($0.placeholder == nil ? $0.text : value) }
        return areEqual(sides[0], sides[1]) ?? true
    }
}

extension Operand {
    /// What values the side has.
    var values: Placeholder.Values {
        switch kind {
        case .value(let placeholder): placeholder.values
        case .length: .count
        case .existence: .flag
        case .text, .pattern, .any, .expression: .text
        }
    }

    /// Why a `&&` or `||` at an end of the text joins nothing; nil when there is none.
    fileprivate var strayJoint: String? {
        guard case .text = kind else { return nil }
        for joint in ["&&", "||"] where text.hasSuffix(" " + joint) || text.hasPrefix(joint + " ") {
            return "\(joint) joins two whole comparisons, and one is missing; where it is part of a text, write pat(…)"
        }
        return nil
    }
}

extension Operand {
    /// Why a `[CONTEXT]` inside of a text or a function is not replaced; nil when there is none.
    fileprivate var contextInside: String? {
        guard placeholder == nil, text.containsBytes(ContextPath.placeholder) else { return nil }
        return "[CONTEXT] is plain text in `\(text)`: compare with `[CONTEXT].name` alone"
    }
}

extension Placeholder.Values {
    /// For messages: "…, which is …".
    fileprivate var noun: String {
        switch self {
        case .status: "a number such as 200"
        case .flag: "true or false"
        case .address: "an address such as 192.0.2.1 or 2001:db8::1"
        case .dnsCode: "a code such as NOERROR or NXDOMAIN"
        case .text: "a text"
        case .count: "a whole number"
        case .time, .expiration: "a whole number of milliseconds; for a length of time write <, <=, > or >="
        }
    }

    fileprivate var canBeNumber: Bool {
        switch self {
        case .status, .count, .time, .expiration, .text: true
        case .flag, .address, .dnsCode: false
        }
    }

    /// The numbers that there are; nil for any.
    fileprivate var numbers: ClosedRange<Int64>? {
        switch self {
        case .status: 0...999
        case .count, .time: 0...Int64.max
        case .expiration, .text, .flag, .address, .dnsCode: nil
        }
    }

    /// Every value there is, where they are few; nil otherwise.
    fileprivate var known: [String]? {
        switch self {
        case .status: Self.statuses
        case .flag: Self.flags
        case .dnsCode: Self.dnsCodes
        case .address, .text, .count, .time, .expiration: nil
        }
    }

    private static let flags = ["true", "false"]
    /// Of HTTP; 0 and 1 are those of SSH, and 0 is that of all others.
    private static let statuses = ["0", "1"] + (100...999).map(String.init)
    /// Empty for checks of other kinds.
    static let dnsCodes =
        [
            "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET",
            "NOTAUTH", "NOTZONE", "",
        ] + (11...15).map { "RCODE\($0)" }

    /// Whether a text is one of the values.
    /// - Parameter exactly: whether it is compared as a text; otherwise numbers in any of Go's notations are equal.
    fileprivate func canBe(_ text: String, exactly: Bool) -> Bool {
        let number = NumberText.integer(Array(text.utf8)[...])
        let isWhole = number.map { !exactly || "\($0)" == text } ?? false
        switch self {
        case .text: return true
        case .address: return text.isEmpty || text.isCanonicalAddress
        case .flag, .dnsCode: return known?.contains(text) ?? true
        case .status: return isWhole && known?.contains("\(number ?? -1)") ?? true
        case .count, .time: return isWhole && number ?? -1 >= 0
        case .expiration: return isWhole
        }
    }

    /// Whether a byte may be part of a value.
    fileprivate func canHave(_ byte: UInt8) -> Bool {
        switch self {
        case .text, .flag, .dnsCode: true
        case .address: hexValue(byte) != nil || ".:%".utf8.contains(byte)
        case .status, .count, .time, .expiration: 0x30...0x39 ~= byte
        }
    }
}

extension String {
    /// Whether the text is an address as checks show it: `::1`, not `0:0:0:0:0:0:0:1`.
    fileprivate var isCanonicalAddress: Bool {
        for (family, length) in [(AF_INET, INET_ADDRSTRLEN), (AF_INET6, INET6_ADDRSTRLEN)] {
            var bytes = [UInt8](repeating: 0, count: 16)
            guard inet_pton(family, self, &bytes) == 1 else { continue }
            var text = [CChar](repeating: 0, count: Int(length))
            guard inet_ntop(family, bytes, &text, socklen_t(length)) != nil else { continue }
            return text.prefix { $0 != 0 }.map { UInt8(truncatingIfNeeded: $0) }.elementsEqual(utf8)
        }
        return false
    }
}
