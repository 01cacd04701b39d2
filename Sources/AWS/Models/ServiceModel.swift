internal import JSON
internal import Synchronization

/// A service's model, read from the lines that `Tools/aws-models/generate.py` writes.
///
/// Reading is lazy: at first only the head line is parsed, an operation with its shapes when it is asked for. That keeps
/// the start of a function, which uses a few operations of a service, to some tens of microseconds.
public final class ServiceModel: Sendable {
    /// What concerns the whole service.
    public let metadata: ServiceMetadata
    private let lines: ModelLines
    private let operationLines: JSONObject
    private let errorLines: JSONObject
    private let operations = Mutex<[String: OperationModel]>([:])

    /// Reads the head of a model, as in `SNSModel.lines`; throws `invalidConfiguration` when it is not one.
    public init(_ text: StaticString) throws(AWSError) {
        lines = ModelLines(text)
        let head = try lines[0]
        metadata = try ServiceMetadata(head)
        operationLines = head["operations"]?.objectValue ?? [:]
        errorLines = head["errors"]?.objectValue ?? [:]
    }

    /// The names of all operations in the model.
    public var operationNames: [String] { operationLines.keys }

    /// An operation by name; throws `invalidParameter` when the model lacks it.
    public func operation(_ name: String) throws(AWSError) -> OperationModel {
        if let known = operations.withLock({ $0[name] }) { return known }
        guard let line = operationLines[name]?.intValue else {
            throw AWSError(
                .invalidParameter,
                "\(metadata.serviceID) has no operation \(name) here; add it to Tools/aws-models/operations.json"
            )
        }
        var reader = ModelReader(lines)
        let operation = try reader.operation(name, at: Int(line), of: metadata)
        operations.withLock { $0[name] = operation }
        return operation
    }

    /// The shape of the error with a code; nil when the code is not in the model.
    func error(_ code: String) throws(AWSError) -> (shape: ShapeReference, graph: ShapeGraph)? {
        guard let line = errorLines[code] else { return nil }
        var reader = ModelReader(lines)
        return (try reader.reference("", line), reader.graph)
    }
}
