/// A result of an SLA test, as the runner publishes it.
struct TestResult: Codable {
    var service: String
    var group: [String]
    var timestamp: Int
    var succeeded: Bool
    var testExecutionSecs: Int
    var duration: Double
    var detail: String
    var location: String?
}

/// What a function reads of an SQS event.
struct QueueEvent: Codable {
    var records: [Record]

    enum CodingKeys: String, CodingKey { case records = "Records" }

    struct Record: Codable {
        var messageId: String
        var body: String
        var attributes: [String: String]
        var eventSource: String
        var eventSourceARN: String
    }

    /// The results in the envelopes in the records.
    func results(_ decode: (any Decodable.Type, String) throws -> any Decodable) throws -> [TestResult] {
        try records.compactMap { record in
            let envelope = try decode(Envelope.self, record.body) as? Envelope
            return try envelope.map { try decode(TestResult.self, $0.message) as? TestResult } ?? nil
        }
    }
}

/// What a function reads of an SNS envelope.
struct Envelope: Codable {
    var type: String
    var messageID: String
    var topicARN: String
    var message: String

    enum CodingKeys: String, CodingKey {
        case type = "Type"
        case messageID = "MessageId"
        case topicARN = "TopicArn"
        case message = "Message"
    }
}

/// One line of a chart.
struct Series: Codable {
    var label: String
    var timestamps: [Int]
    var values: [Double]
}

/// An object of numbers.
struct Point: Codable {
    var id: Int
    var x: Double
    var y: Double
    var count: Int
    var share: Double
}
