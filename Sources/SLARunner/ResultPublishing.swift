/// Where results go; an SNS topic for real.
public protocol ResultPublishing: Sendable {
    /// The topic's full ARN.
    func topicARN() async throws -> String

    /// Looks whether the topic is there.
    /// - Throws: ``SLARunnerError`` `topicDoesNotExist` when it certainly is not; any other error says nothing.
    func checkTopic() async throws

    /// Publishes one message.
    /// - Parameter envelope: What `Publish` takes with `MessageStructure=json`.
    /// - Throws: When the message was not taken; it may be published again.
    func publish(_ envelope: String) async throws
}
