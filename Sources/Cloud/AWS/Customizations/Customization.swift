import JSON
import Transport

/// A change to some operations of a service that its model does not describe.
///
/// Each is one of botocore's handlers, at the same point of a call. `docs/aws-customizations.md` lists them all, with
/// those that do not apply here. A service carries its own, so that other binaries do not contain them.
///
/// A class with a closure for each point, of which one is set: as an enumeration it would be copied by much more code.
final class Customization: Sendable {
    /// Changes an input before it is checked and written: `before-parameter-build`.
    typealias InputChange = @Sendable (inout JSONObject, OperationModel) throws(AWSError) -> Void
    /// Changes the input of a call, but not of a presigned URL; may sign other requests: `before-call`.
    typealias CallChange = @Sendable (JSONObject, OperationModel, AWSClient) async throws -> JSONObject
    /// Makes a call by this client or by one for another region: `needs-retry`.
    ///
    /// The flag tells whether the call may be made twice.
    typealias Route =
        @Sendable (
            AWSClient, JSONValue, Bool, @Sendable (AWSClient) async throws -> AWSResult
        ) async throws -> AWSResult
    /// Changes a response before it is read: `before-parse`.
    typealias ResponseChange = @Sendable (inout WireResponse, OperationModel) -> Void
    /// Changes what was read from a success: `after-call`.
    ///
    /// Gets the input as the caller gave it, and the response as it arrived.
    typealias OutputChange =
        @Sendable (
            inout OperationOutput, OperationModel, JSONValue, WireResponse
        ) throws(AWSError) -> Void

    /// The operations' names; empty for all operations of the service.
    let operations: [String]
    let input: InputChange?
    let call: CallChange?
    let route: Route?
    /// A header of calls that do not have it, but not of presigned URLs: `before-call`.
    let header: (name: String, value: String)?
    let response: ResponseChange?
    let output: OutputChange?

    private init(
        _ operations: [String], input: InputChange? = nil, call: CallChange? = nil, route: Route? = nil,
        header: (name: String, value: String)? = nil, response: ResponseChange? = nil, output: OutputChange? = nil
    ) {
        self.operations = operations
        self.input = input
        self.call = call
        self.route = route
        self.header = header
        self.response = response
        self.output = output
    }

    func applies(to operation: String) -> Bool { operations.isEmpty || operations.contains(operation) }

    static func input(_ operations: String..., change: @escaping InputChange) -> Customization {
        Customization(operations, input: change)
    }

    static func call(_ operations: String..., change: @escaping CallChange) -> Customization {
        Customization(operations, call: change)
    }

    static func route(_ route: @escaping Route) -> Customization { Customization([], route: route) }

    static func header(_ operations: String..., name: String, value: String) -> Customization {
        Customization(operations, header: (name, value))
    }

    static func response(_ operations: String..., change: @escaping ResponseChange) -> Customization {
        Customization(operations, response: change)
    }

    static func output(_ operations: String..., change: @escaping OutputChange) -> Customization {
        Customization(operations, output: change)
    }
}
