import Basics

/// A condition in Gatus's language (github.com/TwiN/gatus, v5), and a little beyond it.
///
/// `[STATUS] == 200`, `len([BODY].items) > 0`, `[BODY].name == pat(jo*)`, `[IP] == any(10.0.0.1, 10.0.0.2)`. Beyond
/// Gatus: comparisons joined by ` && ` and ` || ` (`&&` binds closer), `regex(…)` where `pat(…)` may stand,
/// `[HEADERS].Name`, `[CERTIFICATE_ISSUER]`, and JSONPath (RFC 9535) behind `[BODY]`.
///
/// It is parsed once, and what is wrong with it is said then. Gatus's rules hold to the letter, except:
/// - What no answer could change is refused when it looks like a mistake: `[STAUS] == 200`, `len(x) > 1`, `pat([)`.
/// - An operator within `(…)` and `[…]` belongs to what is in them.
/// - Only the text of a condition can be `pat(…)` or `any(…)`, never a response.
/// - A JSON number is compared and shown as it is written; Gatus's `1e+06` for a million is equal to it as well.
/// - A duration in the text is shown as it is written, where Gatus shows `10s (1)` and `500ms (0s)`.
/// - A negative index counts from the end.
/// - A long value is cut where it is shown.
struct Condition: Sendable, Hashable {
    /// The condition as it was written.
    let text: String
    /// What a check has to find out for it.
    let needs: Needs
    /// It holds when all comparisons of one of these hold.
    private let alternatives: [[Comparison]]

    /// Parses a condition.
    init(_ text: String) throws(ConditionError) {
        self.text = text
        do {
            alternatives = try ConditionText(text).alternatives()
        } catch {
            // The parsers count bytes, people characters.
            let before = String(decoding: text.utf8.prefix(error.offset), as: UTF8.self)
            throw ConditionError(error.message, at: before.count)
        }
        needs = alternatives.joined().reduce(into: []) { $0.formUnion($1.needs) }
    }

    /// Whether it holds for what was observed, and how it reads with or without the values.
    func evaluate(_ values: inout ObservedValues, showing display: ConditionDisplay) -> ConditionResult {
        var outcomes: [[Comparison.Outcome]] = []
        for comparisons in alternatives {
            outcomes.append(comparisons.map { $0.evaluate(&values) })
        }
        let isMet = outcomes.contains { $0.allSatisfy(\.isMet) }
        let showsValues = isMet ? display.showsValuesOfMet : display.showsValuesOfFailed
        guard showsValues else { return ConditionResult(text: text, isMet: isMet) }
        let shown = outcomes.map { $0.map(\.text).joined(separator: " && ") }.joined(separator: " || ")
        return ConditionResult(text: shown, isMet: isMet)
    }
}

extension Collection<Condition> {
    /// Evaluates all conditions of an endpoint; the body is parsed at most once for all of them.
    func evaluate(
        _ observation: Observation, showing display: ConditionDisplay = ConditionDisplay()
    ) -> [ConditionResult] {
        var values = ObservedValues(observation)
        return map { $0.evaluate(&values, showing: display) }
    }
}

extension Condition {
    /// What conditions are about, beyond what a check sees anyway.
    struct Needs: OptionSet, Sendable, Hashable {
        let rawValue: UInt8

        /// The response's body.
        static let body = Needs(rawValue: 1 << 0)
        /// When the domain's registration expires: a request to its registry.
        static let domainExpiration = Needs(rawValue: 1 << 1)
        /// The address of the target.
        static let ip = Needs(rawValue: 1 << 2)
        /// Whether there is a connection: not having one is then no fault by itself.
        static let connection = Needs(rawValue: 1 << 3)
    }
}

extension Sequence<Condition> {
    /// What all of them are about.
    var needs: Condition.Needs { reduce(into: []) { $0.formUnion($1.needs) } }
}

/// Which conditions are shown with the values that they were about, as in `[STATUS] (500) == 200`.
struct ConditionDisplay: Sendable, Hashable {
    /// Whether values are shown in conditions that failed; Gatus's `ui.dont-resolve-failed-conditions` turns it off.
    var showsValuesOfFailed = true
    /// Whether values are shown in conditions that hold; Gatus's `ui.resolve-successful-conditions`.
    var showsValuesOfMet = false
}

/// How one condition turned out.
struct ConditionResult: Sendable, Hashable {
    /// The condition as Gatus shows it: `[STATUS] (500) == 200` when it failed.
    var text: String
    /// Whether it holds.
    var isMet: Bool
}

/// Why a text is no condition.
struct ConditionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong and what to write instead, with an example that works.
    let message: String
    /// Where in the text, in characters from 0; the parsers themselves count bytes.
    let offset: Int

    init(_ message: String, at offset: Int) {
        self.message = message
        self.offset = offset
    }

    /// The message with the place, counted from 1.
    var description: String { "\(message) (at character \(offset + 1))" }
}
