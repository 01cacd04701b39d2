public import Basics

/// The compact notation of a recorded series: `0x10 5x3 _x2 1+2x4 9*20`.
///
/// | text | meaning |
/// |---|---|
/// | `5` | one step with the value 5 |
/// | `5x3` | three steps with 5 |
/// | `_`, `_x2` | steps without data |
/// | `1+2x4` | 1, 3, 5, 7: the start, and what is added at each step |
/// | `9*20`, `9*20x3` | 20 samples of the value 9 in each step, for percentiles |
///
/// promtool's `axn` has n + 1 values; here `x4` is always four steps.
public enum SeriesNotation {
    /// The samples of each step; empty where there is no data.
    /// - Throws: ``AlarmEvaluationError`` that quotes the wrong part; also above a million steps.
    public static func parse(_ text: String) throws(AlarmEvaluationError) -> [[MetricSamples.Weighted]] {
        var steps: [[MetricSamples.Weighted]] = []
        for part in text.split(whereSeparator: { $0 == " " || $0 == "\n" || $0 == "\t" || $0 == "," }) {
            guard let values = values(part), steps.count + values.count <= 1_000_000 else {
                throw AlarmEvaluationError(
                    .badSyntax,
                    "\"\(part)\" is no value of a series; write 5, 5x3 (three steps), _x2 (no data), 1+2x4 "
                        + "(1 3 5 7) or 9*20 (20 samples), at most a million steps")
            }
            steps += values
        }
        return steps
    }

    private static func values(_ part: Substring) -> [[MetricSamples.Weighted]]? {
        var text = part
        var count = 1
        if let cross = text.lastIndex(of: "x") {
            guard let number = Int(text[text.index(after: cross)...]), 1...1_000_000 ~= number else { return nil }
            count = number
            text = text[..<cross]
        }
        if text == "_" { return Array(repeating: [], count: count) }
        var samples = 1.0
        if let star = text.firstIndex(of: "*") {
            guard let number = Double(text[text.index(after: star)...]), number > 0, number.isFinite else { return nil }
            samples = number
            text = text[..<star]
        }
        guard let (start, step) = startAndStep(text) else { return nil }
        return (0..<count).map { [MetricSamples.Weighted(start + step * Double($0), count: samples)] }
    }

    /// `5`, `-5`, `1+2`, `10-0.5`, `1e3`.
    private static func startAndStep(_ text: Substring) -> (Double, Double)? {
        if let number = Double(text), number.isFinite { return (number, 0) }
        // The sign between both is not the first character and not that of an exponent.
        for place in text.indices.dropFirst().reversed() where text[place] == "+" || text[place] == "-" {
            if let start = Double(text[..<place]), let step = Double(text[place...]), start.isFinite, step.isFinite {
                return (start, step)
            }
        }
        return nil
    }
}
