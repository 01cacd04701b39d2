public import AWS
internal import Basics
internal import JSON
internal import Transport

extension DurableCallbacks {
    /// Those of Lambda's durable executions.
    ///
    /// Needs `lambda:SendDurableExecutionCallbackSuccess`, `lambda:SendDurableExecutionCallbackFailure` and
    /// `lambda:SendDurableExecutionCallbackHeartbeat`. Lambda takes one end of each callback and refuses a further one.
    /// - Throws: `AWSError` when the settings give no endpoint.
    public static func lambda(aws: AWSConfiguration) throws(AWSError) -> DurableCallbacks {
        let client = try AWSClient(.lambda, configuration: aws)
        return DurableCallbacks(now: aws.time.now) { message in
            let id: JSONValue = .string(message.id)
            do {
                switch message.content {
                case .result(let result):
                    _ = try await client.send(
                        "SendDurableExecutionCallbackSuccess", ["CallbackId": id], body: .bytes(result.serialized()))
                case .failure(let failure):
                    _ = try await client.call(
                        "SendDurableExecutionCallbackFailure", ["CallbackId": id, "Error": failure.lambda])
                case .heartbeat:
                    _ = try await client.call("SendDurableExecutionCallbackHeartbeat", ["CallbackId": id])
                }
            } catch let error as AWSError { throw DurableError(error) }
        }
    }
}
