public import Basics

/// Why an alarm, an expression or a schedule cannot be evaluated here.
public typealias AlarmEvaluationError = CodedError<AlarmEvaluationErrorCode>

/// The kinds of ``AlarmEvaluationError``.
public enum AlarmEvaluationErrorCode: String, ErrorCode {
    /// The text has another form: an expression, a schedule, the notation of a series.
    case badSyntax
    /// A query, metric or alarm that the text names does not exist.
    case unknownName
    /// The parts are of kinds that do not go together, such as a number where a series must be.
    case wrongType
    /// CloudWatch has it, this library does not.
    case notEvaluated
}
