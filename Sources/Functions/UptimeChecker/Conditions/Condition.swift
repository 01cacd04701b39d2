import Basics

/// A condition in Gatus's language (github.com/TwiN/gatus, v5) with a few additions.
///
/// `[STATUS] == 200`, `len([BODY].items) > 0`, `[BODY].name == pat(jo*)`, `[IP] == any(10.0.0.1, 10.0.0.2)`. Additions:
/// comparisons joined by ` && ` and ` || ` (`&&` binds closer), `regex(…)` in the place of `pat(…)`, `[HEADERS].Name`,
/// `[CERTIFICATE_ISSUER]`, and JSONPath (RFC 9535) after `[BODY]`.
///
/// A condition is parsed when the configuration is read, so that mistakes show at once; ``init(reviewing:)`` finds more
/// of them. It is evaluated exactly as in Gatus, except:
/// - A comparison whose result no response could change is an error: `[STAUS] == 200`, `len(x) > 1`, `pat([)`.
/// - `30d`, `2w` and `500 ms` are lengths of time, where Gatus takes them for 0.
/// - An operator inside `(…)` or `[…]` is part of the text there.
/// - `pat(…)` and `any(…)` are functions only in the condition, not in a response.
/// - A JSON number is compared and shown as it is written. It also equals Gatus's form of it, `1e+06` for a million.
/// - A duration in the condition is shown as it is written, where Gatus shows `10s (1)` and `500ms (0s)`.
/// - A negative index counts from the end.
/// - Long values are shown cut.
struct Condition: Sendable, Hashable {
    /// As it was written.
    let text: String
    /// The values that a check has to find out for the condition.
    let needs: Needs
    /// The condition holds when all comparisons of one of these hold: the operands of `||`.
    private let alternatives: [[Comparison]]

    /// A condition of Gatus's language, whatever it means.
    /// - Throws: with the place of the mistake.
    init(_ text: String) throws(ConditionError) { try self.init(text, isReviewed: false) }

    /// A condition of a file: one that can mean nothing is refused.
    ///
    /// Gatus accepts `[STATUS] == 2xx`, which never holds, and `len([BODY]) > a`, where the text counts as 0.
    /// - Throws: with the place of the mistake and, where there is one, a condition that was probably meant.
    init(reviewing text: String) throws(ConditionError) {
        do throws(ConditionError) {
            try self.init(text, isReviewed: true)
        } catch {
            throw ConditionError(error.message, at: error.offset, proposal: ConditionProposal.condition(for: text))
        }
    }

    init(_ text: String, isReviewed: Bool) throws(ConditionError) {
        self.text = text
        do {
            alternatives = try ConditionText(text).alternatives(reviewed: isReviewed)
        } catch {
            // The parsers count bytes, messages count characters.
            let before = String(decoding: text.utf8.prefix(error.offset), as: UTF8.self)
            throw ConditionError(error.message, at: before.count)
        }
        needs = alternatives.joined().reduce(into: []) { $0.formUnion($1.needs) }
    }

    /// Whether the condition holds for an observation, and its text with or without the observed values.
    /// - Parameter mask: hides the endpoint's secrets in the text.
    func evaluate(
        _ values: inout ObservedValues, showing display: ConditionDisplay, hiding mask: SecretMask = .none
    ) -> ConditionResult {
        var outcomes: [[Comparison.Outcome]] = []
        for comparisons in alternatives {
            outcomes.append(comparisons.map { $0.evaluate(&values) })
        }
        let isMet = outcomes.contains { $0.allSatisfy(\.isMet) }
        let showsValues = isMet ? display.showsValuesOfMet : display.showsValuesOfFailed
        guard showsValues else { return ConditionResult(text: mask.masked(ours: text), isMet: isMet) }
        let shown = outcomes.map { $0.map { $0.text(hiding: mask) }.joined(separator: " && ") }.joined(
            separator: " || ")
        return ConditionResult(text: shown, isMet: isMet)
    }
}

extension Collection<Condition> {
    /// Evaluates all conditions of an endpoint; the body is parsed at most once for all of them.
    func evaluate(
        _ values: inout ObservedValues, showing display: ConditionDisplay, hiding mask: SecretMask
    ) -> [ConditionResult] {
        map { $0.evaluate(&values, showing: display, hiding: mask) }
    }
}

extension Condition {
    /// Values that a check finds out only for a condition that needs them.
    struct Needs: OptionSet, Sendable, Hashable {
        let rawValue: UInt8

        /// The response's body.
        static let body = Needs(rawValue: 1 << 0)
        /// The end of the domain's registration, which takes a request to its registry.
        static let domainExpiration = Needs(rawValue: 1 << 1)
        /// The address of the target.
        static let ip = Needs(rawValue: 1 << 2)
        /// Whether there is a connection.
        ///
        /// With such a condition, a failed connection is not a failure by itself.
        static let connection = Needs(rawValue: 1 << 3)
        /// The length of the response's body, in bytes.
        static let bodyLength = Needs(rawValue: 1 << 4)
        /// What the steps of a suite share.
        static let context = Needs(rawValue: 1 << 5)
    }
}

extension Condition {
    /// The paths of the values that it takes from a suite's context.
    var contextPaths: [String] { contextSides.map(\.path) }

    /// The paths of those whose absence it asks for itself, by `has(…)`.
    var contextPathsThatMayLack: [String] {
        contextSides.compactMap { side, path in if case .existence = side.kind { path } else { nil } }
    }

    private var contextSides: [(side: Operand, path: String)] {
        guard needs.contains(.context) else { return [] }
        return alternatives.joined().flatMap { [$0.left, $0.right] }.compactMap { side in
            if case .context(let path) = side.placeholder { (side, path.text) } else { nil }
        }
    }
}

extension Sequence<Condition> {
    /// The values that any of the conditions needs.
    var needs: Condition.Needs { reduce(into: []) { $0.formUnion($1.needs) } }
}

/// Which conditions are shown with the observed values, as in `[STATUS] (500) == 200`.
struct ConditionDisplay: Sendable, Hashable {
    /// Whether values are shown in conditions that failed; Gatus's `ui.dont-resolve-failed-conditions` turns it off.
    var showsValuesOfFailed = true
    /// Whether values are shown in conditions that hold; Gatus's `ui.resolve-successful-conditions`.
    var showsValuesOfMet = false
}

/// The result of one condition.
struct ConditionResult: Sendable, Hashable {
    /// The condition as Gatus shows it: `[STATUS] (500) == 200` when it failed.
    var text: String
    /// Whether it holds.
    var isMet: Bool
}

/// Why a text is not a condition.
struct ConditionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong and what to write instead, with an example that works.
    let message: String
    /// The place in the text, in characters from 0; in errors of the parsers, in bytes.
    let offset: Int
    /// A condition that was probably meant; it is valid.
    let proposal: String?

    init(_ message: String, at offset: Int, proposal: String? = nil) {
        self.message = message
        self.offset = offset
        self.proposal = proposal
    }

    /// The message with the place, counted from 1, and the proposal.
    var description: String {
        "\(message) (at character \(offset + 1))" + (proposal.map { ": did you mean `\($0)`?" } ?? "")
    }
}
