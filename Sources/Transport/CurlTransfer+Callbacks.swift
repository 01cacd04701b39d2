import CCurl
import CLinux
import Glibc

extension CurlTransfer {
    /// Points libcurl's callbacks at this transfer.
    ///
    /// The pointer is not retained: `CurlMulti` holds the transfer until its handle has left libcurl.
    func setCallbacks() {
        let context = Unmanaged.passUnretained(self).toOpaque()
        easy.set(CURLOPT_HEADERDATA, pointer: context)
        easy.set(CURLOPT_HEADERFUNCTION) { data, size, count, context in
            guard let transfer = CurlTransfer.from(context) else { return 0 }
            return transfer.receiveHeader(UnsafeRawBufferPointer(start: data, count: size * count)) ? size * count : 0
        }
        easy.set(CURLOPT_WRITEDATA, pointer: context)
        easy.set(CURLOPT_WRITEFUNCTION) { data, size, count, context in
            CurlTransfer.from(context)?.receiveBody(UnsafeRawBufferPointer(start: data, count: size * count)) ?? 0
        }
        easy.set(CURLOPT_READDATA, pointer: context)
        easy.set(CURLOPT_READFUNCTION) { data, size, count, context in
            let buffer = UnsafeMutableRawBufferPointer(start: data, count: size * count)
            return CurlTransfer.from(context)?.sendBody(into: buffer) ?? Int(CURL_READFUNC_ABORT)
        }
        easy.set(CURLOPT_SEEKDATA, pointer: context)
        easy.set(seek: { context, offset, origin in
            guard origin == 0, CurlTransfer.from(context)?.rewind(to: Int(offset)) == true else {
                return CURL_SEEKFUNC_FAIL
            }
            return CURL_SEEKFUNC_OK
        })
        easy.set(CURLOPT_SSL_CTX_DATA, pointer: context)
        easy.set(tls: { _, tls, context in
            guard let tls, let transfer = CurlTransfer.from(context) else { return CURLE_OK }
            transfer.certificates = CertificateObserver(attachedTo: OpaquePointer(tls))
            transfer.authorities?.use(in: OpaquePointer(tls))
            return CURLE_OK
        })
        if request.addressPolicy != .unrestricted { setPolicyCallbacks(context) }
    }

    /// Asks the address policy before each connection, and for a connection that is used again.
    private func setPolicyCallbacks(_ context: UnsafeMutableRawPointer) {
        easy.set(CURLOPT_OPENSOCKETDATA, pointer: context)
        easy.set(opensocket: { context, _, address in
            guard let transfer = CurlTransfer.from(context), let address,
                transfer.allows(SocketAddress(copying: &address.pointee.addr))
            else { return CURL_SOCKET_BAD }
            let kind = address.pointee.socktype | socket_close_on_exec
            return socket(address.pointee.family, kind, address.pointee.protocol)
        })
        easy.set(CURLOPT_PREREQDATA, pointer: context)
        easy.set(prerequisite: { context, ip, _, _, _ in
            let address = ip.flatMap { SocketAddress(ip: String(cString: $0), port: 0) }
            return CurlTransfer.from(context)?.allows(address) == true ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
        })
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
        context.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
    }
}
