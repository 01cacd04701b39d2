import Basics
import CloudWatchAlarms

/// What the tag `tocsin:alarms` of a resource says about its alarms.
///
/// Values of tags have letters, digits, spaces and `+-=._:/@` only, so the words have no `>` and no `,`. They stand
/// apart by spaces or `+`:
///
/// | word | meaning |
/// |---|---|
/// | `off` | no alarms |
/// | `off:lambda-errors` | not those of this rule |
/// | `lambda-duration=2500` | another threshold, with the rule's comparison; of an anomaly band another width |
/// | `lambda-duration:datapoints=3/5` | another setting: `datapoints`, `period`, `stat`, `missing`, `severity` |
/// | `severity=critical` | a setting of all rules |
///
/// The name of a rule may have `*` and `?` where a service takes them in tags, as EC2 does; `lambda-duration>2500` is
/// taken as well.
struct ResourceOverrides: Sendable {
    /// Whether the resource gets no alarm at all.
    private(set) var isOff = false
    /// What is wrong with words; the others hold.
    private(set) var faults: [String] = []
    private var off: [MatchPattern] = []
    private var changes: [(rules: MatchPattern, settings: RuleSettings)] = []

    /// Reads the value of a tag.
    /// - Parameter rules: the names of all rules.
    init(parsing text: String, rules: [String]) {
        for word in text.split(whereSeparator: { $0 == "+" || $0.isWhitespace }) {
            read(String(word), rules)
        }
    }

    /// Whether a rule makes no alarm of the resource.
    func isOff(_ rule: String) -> Bool { isOff || off.matches(rule) }

    /// What changes of a rule; nil for nothing.
    func settings(for rule: String) -> RuleSettings? {
        var result: RuleSettings?
        for change in changes where change.rules.matches(rule) {
            result = (result ?? RuleSettings()).changed(by: change.settings)
        }
        return result
    }

    private mutating func read(_ word: String, _ rules: [String]) {
        if word == "off" {
            isOff = true
        } else if word.hasPrefix("off:") {
            let name = String(word.dropFirst(4))
            if isKnown(name, rules) { off.append(MatchPattern(name)) }
        } else if let sign = word.firstIndex(where: { "=<>".contains($0) }), sign != word.startIndex {
            readSetting(word[..<sign], String(word[sign...]), rules)
        } else if rules.contains(word) {
            faults.append("\(word) has no value: write off:\(word), or \(word)=NUMBER for another threshold")
        } else {
            let advice = ["off"].nearest(to: word).map { "did you mean \($0)?" } ?? Self.expected
            faults.append("\(word) is not understood, \(advice)")
        }
    }

    private static let expected = "expected off, off:RULE, RULE=NUMBER or RULE:SETTING=VALUE, with spaces between"

    /// - Parameter value: with the sign before it.
    private mutating func readSetting(_ key: Substring, _ value: String, _ rules: [String]) {
        let parts = key.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let text = String(value.dropFirst())
        var settings = RuleSettings()
        if parts.count == 1, RuleSettings.words.contains(parts[0]) {
            if let fault = settings.set(parts[0], text) { return faults.append(fault) }
            changes.append((.anything, settings))
            return
        }
        guard isKnown(parts[0], rules) else { return }
        if parts.count == 2 {
            guard RuleSettings.words.contains(parts[1]) else {
                let words = RuleSettings.words
                let advice =
                    words.nearest(to: parts[1]).map { "did you mean \($0)?" }
                    ?? "expected one of \(words.joined(separator: ", "))"
                return faults.append("there is no setting \(parts[1]), \(advice)")
            }
            if let fault = settings.set(parts[1], text) { return faults.append(fault) }
        } else if value.hasPrefix("=") {
            guard let number = Double(text), number.isFinite else {
                return faults.append("\(key)=\(text): expected a number as the threshold, such as \(key)=2500")
            }
            settings.threshold = .number(number)
        } else {
            do throws(FormulaError) {
                let threshold = try TemplateThreshold(parsing: value)
                guard case .value = threshold else {
                    return faults.append("\(key)\(value): expected a number, tags have no formulas")
                }
                settings.threshold = .comparison(threshold)
            } catch { return faults.append("\(key)\(value): \(error.message)") }
        }
        changes.append((MatchPattern(parts[0]), settings))
    }

    private mutating func isKnown(_ name: String, _ rules: [String]) -> Bool {
        let pattern = MatchPattern(name)
        if rules.contains(where: { pattern.matches($0) }) { return true }
        // A resource keeps its tag when the catalogue, or an entry of it, is switched off.
        if RuleFile.Catalogue.recommended.names.contains(where: { pattern.matches($0) }) { return true }
        let advice = rules.nearest(to: name).map { "did you mean \($0)?" } ?? "`tocsin alarms rules` lists them"
        faults.append("there is no rule \(name), \(advice)")
        return false
    }
}
