import JSON

extension Endpoint {
    /// The body that is sent: Gatus's placeholders filled in, a GraphQL query wrapped as `{"query": …}`.
    ///
    /// `[ENDPOINT_NAME]`, `[ENDPOINT_GROUP]`, `[ENDPOINT_URL]`, `[LOCAL_ADDRESS]`, and `[RANDOM_STRING_12]` for so many
    /// letters and digits, at most 8,192.
    /// - Parameters:
    ///   - localAddress: this side of the connection, for checks over sockets.
    ///   - random: a number from 0 up to, not including, 1.
    func sentBody(localAddress: String? = nil, random: () -> Double) -> [UInt8] {
        var text = body
        if text.contains("[") {
            text = text.substituting("[ENDPOINT_NAME]", by: name).substituting("[ENDPOINT_GROUP]", by: group ?? "")
                .substituting("[ENDPOINT_URL]", by: url)
            text = Self.fillingRandomStrings(text, random: random)
            if let localAddress { text = text.substituting("[LOCAL_ADDRESS]", by: localAddress) }
        }
        return isGraphQL ? JSONValue.object(["query": .string(text)]).serialized() : Array(text.utf8)
    }

    private static func fillingRandomStrings(_ text: String, random: () -> Double) -> String {
        let start = Array("[RANDOM_STRING_".utf8)
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".utf8)
        var rest = Array(text.utf8)[...]
        var result: [UInt8] = []
        while let byte = rest.first {
            let digits = rest.dropFirst(start.count).prefix { 0x30...0x39 ~= $0 }
            if byte == start[0], rest.starts(with: start), !digits.isEmpty,
                rest.dropFirst(start.count + digits.count).first == UInt8(ascii: "]")
            {
                let count = min(Int(String(decoding: digits, as: UTF8.self)) ?? .max, 8_192)
                for _ in 0..<count { result.append(letters[Int(random() * Double(letters.count))]) }
                rest.removeFirst(start.count + digits.count + 1)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
