internal import JSON

/// What a signature is good for: one service in one region on one day.
struct SigningScope: Hashable {
    static let terminator = "aws4_request"

    /// `20261121`.
    let date: String
    let region: String
    let service: String

    /// - Parameter time: `20261121T034200Z`.
    init(time: String, region: String, service: String) {
        date = String(time.prefix(8))
        self.region = region
        self.service = service
    }

    var text: String { "\(date)/\(region)/\(service)/\(Self.terminator)" }
}
