"""Folders on file servers: WebDAV, SMB and S3."""
