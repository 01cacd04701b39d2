import CCurl

// The request's body.
extension CurlTransfer {
    /// - Returns: what libcurl expects of a read callback.
    func sendBody(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, piece.count - pieceOffset)
        guard count > 0 else {
            if uploadHasEnded { return 0 }
            room.take()?.resume()
            return Int(CURL_READFUNC_PAUSE)
        }
        piece.withUnsafeBytes {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[pieceOffset..<pieceOffset + count]))
        }
        pieceOffset += count
        return count
    }

    /// Starts the body again, for a connection that turned out to be dead.
    func rewind(to offset: Int) -> Bool {
        guard case .bytes(let bytes) = request.body, 0...bytes.count ~= offset else { return false }
        pieceOffset = offset
        return true
    }

    // MARK: Streaming the request's body

    /// Pulls the pieces of a streamed body, each when the one before has been taken.
    func feedUpload() async {
        guard case .stream(let length, let next) = request.body else { return }
        do {
            var total = 0
            while let piece = try await next() {
                total += piece.count
                try checkLength(total, of: length, isWhole: false)
                try await waitForRoom()
                (self.piece, pieceOffset) = (piece, 0)
                unpause()
            }
            try checkLength(total, of: length, isWhole: true)
            uploadHasEnded = true
            unpause()
        } catch {
            finish(.failure(error))
            onAbort()
        }
    }

    private func waitForRoom() async throws {
        while pieceOffset < piece.count {
            guard result == nil else { throw CancellationError() }
            let waiter = Waiter()
            room = waiter
            try await loop.suspend(waiter)
        }
    }

    private func checkLength(_ total: Int, of length: Int?, isWhole: Bool) throws(TransportError) {
        guard let length, isWhole ? total != length : total > length else { return }
        throw TransportError(
            .invalidRequest, "the body stream gave \(total) bytes but announced \(length)", host: target.authority,
            phase: .firstByte
        )
    }
}
