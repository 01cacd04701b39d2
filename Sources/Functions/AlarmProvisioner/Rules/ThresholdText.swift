import Basics
import CloudWatchAlarms

extension TemplateThreshold {
    /// What a per cent sign behind the number of a threshold means: a metric may count to 100 or to 1.
    public enum PercentSign: Sendable {
        /// `> 80%` is 80: `CPUUtilization`.
        case points
        /// `> 5%` is 0.05: `5XXError` of API Gateway.
        case share
        /// It depends on an expression: the file has to say a number.
        case unclear

        /// What it means for a metric of CloudWatch.
        public static func of(namespace: String, metric: String) -> PercentSign {
            shares.contains("\(namespace) \(metric)") ? .share : .points
        }

        /// Metrics whose average is a share of the requests, from 0 to 1.
        private static let shares: Set = [
            "AWS/ApiGateway 4XXError", "AWS/ApiGateway 5XXError", "AWS/ApiGateway 4xx", "AWS/ApiGateway 5xx",
            "AWS/S3 4xxErrors", "AWS/S3 5xxErrors", "AWS/SES Reputation.BounceRate",
            "AWS/SES Reputation.ComplaintRate",
        ]
    }

    /// Reads `> 80`, `>= 0.05`, `< 10`, `> 80%`, `> 0.9 * timeout_ms`.
    /// - Throws: ``FormulaError`` with the place in the text.
    public init(parsing text: String, percent: PercentSign = .points) throws(FormulaError) {
        let (comparison, rest) = try Self.comparison(text)
        let trimmed = rest.trimmingWhitespace
        if trimmed.last == "%", let number = Double(trimmed.dropLast().trimmingWhitespace), number.isFinite {
            switch percent {
            case .points: self = .value(comparison, number)
            case .share: self = .value(comparison, number / 100)
            case .unclear:
                throw FormulaError(
                    "% is unclear here: write the number that the expression gives, such as \(number.grouped) or "
                        + (number / 100).grouped,
                    at: text.count)
            }
            return
        }
        let expression: FormulaExpression
        do throws(FormulaError) { expression = try FormulaExpression(parsing: String(rest)) } catch {
            let start = text.count - rest.count
            throw FormulaError(error.message, at: error.position.map { $0 + start })
        }
        guard expression.facts.isEmpty else {
            self = .formula(comparison, ThresholdFormula(String(trimmed)))
            return
        }
        self = .value(comparison, try expression.threshold([:]))
    }

    private static func comparison(
        _ text: String
    ) throws(FormulaError) -> (AlarmThreshold.Comparison, Substring) {
        let text = text[(text.firstIndex { !$0.isWhitespace } ?? text.endIndex)...]
        // The longer signs first.
        for (sign, comparison) in signs where text.hasPrefix(sign) { return (comparison, text.dropFirst(sign.count)) }
        throw FormulaError(
            "expected >, >=, < or <= and a number or a formula, such as > 80 or > 0.9 * timeout_ms", at: 1)
    }

    private static let signs: [(String, AlarmThreshold.Comparison)] = [
        (">=", .greaterOrEqual), ("<=", .lessOrEqual), ("≥", .greaterOrEqual), ("≤", .lessOrEqual), (">", .greater),
        ("<", .less),
    ]
}
