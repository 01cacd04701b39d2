import Basics
import JSON
import TestSupport

/// Generates JSON texts from a seed; half of them have a small mistake.
struct Mutator {
    private var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed) }

    mutating func next() -> [UInt8] {
        var text: [UInt8]
        if pick(4) == 0 {
            let cases = Self.cases
            text = cases[pick(cases.count)]
        } else {
            let options = JSONWritingOptions(rawValue: UInt8(pick(8)))
            text = value(depth: 4).serialized(options)
        }
        for _ in 0..<pick(2) * (1 + pick(3)) { mutate(&text) }
        return text
    }

    private static let cases: [[UInt8]] =
        (SyntaxCases.acceptedNumbers + SyntaxCases.acceptedStrings + SyntaxCases.acceptedStructure
        + SyntaxCases.rejectedNumbers + SyntaxCases.rejectedStrings + SyntaxCases.rejectedStructure
        + SyntaxCases.decidedAccepted + SyntaxCases.decidedRejected).map(SyntaxCases.bytes)

    private static let fragments: [[UInt8]] =
        [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "\\ude00", "\\u0000", "-", "+", ".", "e", "E9",
            "0", "1", "00", "1e400", "-0", "9223372036854775808", "true", "null", "NaN", " ", "\n", "\u{0}", "\u{1F}",
            "é",
            "\u{2028}", "😀", "\"a\":", "\"a\":1,", "[]", "{}",
        ].map { Array($0.utf8) } + [[0x80], [0xC0], [0xED, 0xA0, 0x80], [0xEF, 0xBB, 0xBF], [0xF4, 0x90], [0xFF]]

    private mutating func mutate(_ text: inout [UInt8]) {
        let start = pick(text.count + 1)
        let end = min(text.count, start + pick(4))
        switch pick(5) {
        case 0: text.removeSubrange(start..<end)
        case 1: text.insert(contentsOf: Self.fragments[pick(Self.fragments.count)], at: start)
        case 2: text.replaceSubrange(start..<end, with: Self.fragments[pick(Self.fragments.count)])
        case 3: text.insert(contentsOf: text[start..<end], at: pick(text.count + 1))
        default: if start < text.count { text[start] ^= 1 << UInt8(pick(8)) }
        }
    }

    private mutating func value(depth: Int) -> JSONValue {
        switch pick(depth > 0 ? 9 : 6) {
        case 0: return [nil, true, false][pick(3)]
        case 1: return JSONValue(Int64(bitPattern: random.next()) >> Int64(pick(64)))
        case 2: return JSONValue(random.next())
        case 3: return .double(random.finiteDouble())
        case 4: return .double(Double(pick(2_000_000) - 1_000_000) / 1_000)
        case 5: return .string(string())
        case 6: return .array((0..<pick(5)).map { _ in value(depth: depth - 1) })
        default:
            return .object(JSONObject((0..<pick(24)).map { _ in (string(), value(depth: depth - 2)) }))
        }
    }

    private mutating func string() -> String {
        let alphabet = ["a", "b", "key", " ", "\"", "\\", "/", "\n", "\u{1}", "é", "€", "😀", "\u{7F}", "<&>"]
        return (0..<pick(8)).map { _ in alphabet[pick(alphabet.count)] }.joined()
    }

    private mutating func pick(_ count: Int) -> Int { Int.random(in: 0..<count, using: &random) }
}
