import AWS

/// An operation of a shipped service.
struct ShippedOperation: Sendable {
    let service: String
    let name: String
    let description: OperationDescription
    /// The names of its parameters.
    let members: [String]

    /// All of them, read once because it takes a second.
    static let all = Result {
        try AWSService.all.flatMap { service, _ in
            let description = try ServiceDescription(service)
            return try description.operationNames.map { name in
                let operation = try description.operation(name)
                return ShippedOperation(
                    service: service.name, name: name, description: operation, members: operation.input.map(\.name))
            }
        }
    }
}
