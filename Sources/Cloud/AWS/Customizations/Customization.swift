import JSON
import Transport

/// A change to some operations of a service that its model does not describe.
///
/// Each is one of botocore's handlers, at the same point of a call. `docs/aws-customizations.md` lists them all, with
/// those that do not apply here. A service carries its own, so that other binaries do not contain them.
struct Customization: Sendable {
    /// The point of a call at which the change is made, and the change.
    enum Change: Sendable {
        /// Changes an input before it is checked and written: `before-parameter-build`.
        case input(@Sendable (inout JSONObject, OperationModel) throws(AWSError) -> Void)
        /// Changes the input of a call, but not of a presigned URL; may sign other requests: `before-call`.
        case call(@Sendable (inout JSONObject, OperationModel, AWSClient) async throws -> Void)
        /// Adds a header to calls that do not have it: `before-call`.
        case header(name: String, value: String)
        /// Changes a response before it is read: `before-parse`.
        case response(@Sendable (inout WireResponse, OperationModel) -> Void)
        /// Changes what was read from a success: `after-call`.
        case output(@Sendable (inout OperationOutput, AnsweredCall) throws(AWSError) -> Void)
    }

    /// The operations' names; empty for all operations of the service.
    let operations: [String]
    let change: Change

    func applies(to operation: String) -> Bool { operations.isEmpty || operations.contains(operation) }

    static func input(
        _ operations: String..., change: @escaping @Sendable (inout JSONObject, OperationModel) throws(AWSError) -> Void
    ) -> Customization { Customization(operations: operations, change: .input(change)) }

    static func call(
        _ operations: String...,
        change: @escaping @Sendable (inout JSONObject, OperationModel, AWSClient) async throws -> Void
    ) -> Customization { Customization(operations: operations, change: .call(change)) }

    static func header(_ operations: String..., name: String, value: String) -> Customization {
        Customization(operations: operations, change: .header(name: name, value: value))
    }

    static func response(
        _ operations: String..., change: @escaping @Sendable (inout WireResponse, OperationModel) -> Void
    ) -> Customization { Customization(operations: operations, change: .response(change)) }

    static func output(
        _ operations: String...,
        change: @escaping @Sendable (inout OperationOutput, AnsweredCall) throws(AWSError) -> Void
    ) -> Customization { Customization(operations: operations, change: .output(change)) }
}

/// What a change to an output may need to know.
struct AnsweredCall {
    let operation: OperationModel
    /// As the caller gave it.
    let input: JSONValue
    /// As it arrived, before any change.
    let response: WireResponse
}

extension OperationModel {
    func customize(_ input: inout JSONObject) throws(AWSError) {
        for case .input(let change) in customizations.lazy.map(\.change) { try change(&input, self) }
    }

    func customize(_ response: inout WireResponse) {
        for case .response(let change) in customizations.lazy.map(\.change) { change(&response, self) }
    }

    func customize(_ output: inout OperationOutput, _ call: AnsweredCall) throws(AWSError) {
        for case .output(let change) in customizations.lazy.map(\.change) { try change(&output, call) }
    }

    /// Adds what calls have and presigned URLs do not.
    func customize(_ request: inout WireRequest) {
        for case .header(let name, let value) in customizations.lazy.map(\.change) where request.headers[name] == nil {
            request.headers.add(name, value)
        }
    }
}

extension AWSClient {
    /// The input of a call with the changes that need a client.
    func customized(_ input: JSONValue, of name: String) async throws -> JSONValue {
        let operation = try model.operation(name)
        guard var members = input.objectValue else { return input }
        for case .call(let change) in operation.customizations.lazy.map(\.change) {
            try await change(&members, operation, self)
        }
        return .object(members)
    }
}
