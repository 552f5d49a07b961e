//! Uploads and downloads.

use futures_core::Stream;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use stripe_platform::{
    BoxFuture, Client, Error, FileUpload, Json, Method, Outcome, Prepared, Transport, TransportError,
    TransportErrorKind, TransportReply, TransportRequest, file,
};
use test_support::script::{Script, Step, json, ok};

#[tokio::test(start_paused = true)]
async fn upload_is_sent_as_multipart_to_the_files_host() {
    let script = Script::answering(|_| json(500, "{}"));
    let client = script.client();
    let upload =
        FileUpload::new("/tmp/pass\"port\r\n.png", &b"\x89PNG\r\n--\0"[..]).content_type("image/png");
    let request = file::Create::new(upload, "identity_document");
    assert!(request.send(&client).await.is_err());
    let seen = script.seen();
    assert_eq!(seen.len(), 3, "an upload in memory is retried");
    assert!(seen.windows(2).all(|pair| pair[0].body == pair[1].body && pair[0].headers == pair[1].headers));
    assert_eq!(seen[0].url.as_str(), "https://files.stripe.com/v1/files");
    assert!(seen[0].header("idempotency-key").is_some());
    let kind = seen[0].header("content-type").unwrap();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    let mut expected = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nidentity_document\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"pass%22port%0D%0A.png\"\r\n\
         Content-Type: image/png\r\n\r\n"
    )
    .into_bytes();
    expected.extend(b"\x89PNG\r\n--\0\r\n");
    expected.extend(format!("--{boundary}--\r\n").into_bytes());
    assert_eq!(seen[0].body, expected);
}

#[tokio::test(start_paused = true)]
async fn upload_can_be_stored() {
    let script = Script::answering(|_| ok());
    let client = script.client();
    let request = file::Create::new(FileUpload::new("", &[0_u8, 255, 1][..]), "dispute_evidence");
    let prepared = client.prepare(&request).unwrap();
    let restored: Prepared = serde_json::from_str(&serde_json::to_string(&prepared).unwrap()).unwrap();
    assert_eq!(restored, prepared);
    let _: Json = client.replay(&restored).await.unwrap();
    let body = String::from_utf8_lossy(&script.seen()[0].body).into_owned();
    assert!(body.contains("filename=\"blob\"") && body.contains("application/octet-stream"), "{body}");
}

#[tokio::test(start_paused = true)]
async fn contents_come_from_the_files_host() {
    let pdf = || Step::Reply(200, vec![("content-type", "application/pdf".to_owned())], "%PDF".to_owned());
    let script = Script::new([Step::Breaks(200), pdf(), json(500, "{}"), pdf()]);
    let client = script.client().for_account("acct_1");
    let bytes = client.file_contents("file_1").bytes().await.unwrap();
    assert_eq!(bytes, "%PDF");
    let seen = script.seen();
    assert_eq!(seen[0].url.as_str(), "https://files.stripe.com/v1/files/file_1/contents");
    assert_eq!(seen[0].header("stripe-account"), Some("acct_1"));

    let mut contents = client.file_contents("file_1").await.unwrap();
    assert_eq!(contents.content_type(), Some("application/pdf"));
    assert_eq!(contents.chunk().await.unwrap().unwrap(), "%PDF");
    assert_eq!(contents.chunk().await.unwrap(), None);
    assert!(client.file_contents("..").await.is_err());
}

#[tokio::test(start_paused = true)]
async fn truncated_contents_are_an_error() {
    for (step, waits) in [(Step::Breaks(200), 0), (Step::Stalls(200), 60)] {
        let script = Script::new([step]);
        let mut contents =
            script.client().raw(Method::Get, "/v1/files/file_1/contents").download().await.unwrap();
        assert!(contents.chunk().await.unwrap().is_some());
        let started = tokio::time::Instant::now();
        let error = contents.chunk().await.unwrap_err();
        assert!(matches!(error, Error::Connection(_) | Error::Timeout(_)), "{error:?}");
        assert_eq!(error.outcome(), Outcome::Applied);
        assert_eq!(started.elapsed(), Duration::from_secs(waits));
        assert_eq!(contents.chunk().await.unwrap(), None);
    }
}

#[tokio::test(start_paused = true)]
async fn web_page_is_not_accepted_as_file_contents() {
    let page = |id: &'static str| {
        let headers =
            vec![("content-type", "text/html; charset=utf-8".to_owned()), ("request-id", id.to_owned())];
        Step::Reply(200, headers, "<html>".to_owned())
    };
    let script = Script::answering(move |_| page("other"));
    let download = || script.client().file_contents("file_1");
    for error in [download().bytes().await.unwrap_err(), download().await.unwrap_err()] {
        assert_eq!(error.outcome(), Outcome::Unknown);
        assert!(error.to_string().starts_with("the reply does not come from Stripe"), "{error}");
        assert_eq!(error.call().unwrap().attempts, 3);
    }
    let script = Script::answering(move |_| page("req_1"));
    assert_eq!(script.client().file_contents("file_1").bytes().await.unwrap(), "<html>");
    for step in [Step::BreaksUnsigned(200), Step::StallsUnsigned(200)] {
        let script = Script::new([step]);
        let mut contents = script.client().file_contents("file_1").await.unwrap();
        assert!(contents.chunk().await.unwrap().is_some());
        assert_eq!(contents.chunk().await.unwrap_err().outcome(), Outcome::Unknown);
    }
}

/// A number of two-byte chunks, optionally followed by an error.
struct Pieces(u32, Option<&'static str>);

impl Stream for Pieces {
    type Item = Result<&'static [u8], String>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.0 > 0 {
            self.0 -= 1;
            return Poll::Ready(Some(Ok(b"ab")));
        }
        Poll::Ready(self.1.take().map(|problem| Err(problem.to_owned())))
    }
}

#[tokio::test(start_paused = true)]
async fn streamed_file_is_the_same_upload() {
    let script = Script::new([Step::Fails(TransportErrorKind::Reset), json(500, "{}"), ok(), ok()]);
    let client = script.client();
    let upload = FileUpload::stream("a.txt", 6, || Pieces(3, None)).content_type("text/plain");
    assert_eq!(upload.len(), 6);
    let request = file::Create::new(upload, "dispute_evidence");
    let prepared = client.prepare(&request).unwrap();
    assert!(serde_json::to_string(&prepared).is_err(), "a streamed file cannot be stored");
    let _: Json = client.replay(&prepared).await.unwrap();
    let seen = script.seen();
    assert_eq!(seen.len(), 3, "a stream that can be reopened is sent again");
    assert!(seen.iter().all(|attempt| attempt.body == seen[0].body));
    let whole =
        file::Create::new(FileUpload::new("a.txt", "ababab").content_type("text/plain"), "dispute_evidence");
    let _: Json = client.replay(&client.prepare(&whole).unwrap()).await.unwrap();
    let lines = |body: &str| {
        body.lines().filter(|line| !line.starts_with("--")).map(str::to_owned).collect::<Vec<_>>()
    };
    let seen = script.seen();
    assert_eq!(lines(seen[0].text()), lines(seen[3].text()));
}

#[tokio::test(start_paused = true)]
async fn single_use_stream_is_sent_once() {
    let script = Script::answering(|_| Step::Fails(TransportErrorKind::Reset));
    let upload = FileUpload::stream_once("a.txt", 6, Pieces(3, None));
    let error = file::Create::new(upload, "dispute_evidence").send(&script.client()).await.unwrap_err();
    assert_eq!((script.attempts(), error.outcome()), (1, Outcome::Unknown));
}

/// Fails to connect at first, then delegates to a script.
struct LateServer(AtomicUsize, Arc<Script>);

impl Transport for LateServer {
    fn execute(&self, request: TransportRequest) -> BoxFuture<'_, Result<TransportReply, TransportError>> {
        if self.0.fetch_add(1, Ordering::SeqCst) < 2 {
            return Box::pin(async { Err(TransportError::new(TransportErrorKind::Refused)) });
        }
        self.1.execute(request)
    }
}

#[tokio::test(start_paused = true)]
async fn unread_single_use_stream_can_be_retried() {
    let script = Script::answering(|_| ok());
    let transport: Arc<dyn Transport> = Arc::new(LateServer(AtomicUsize::new(0), Arc::clone(&script)));
    let client = Client::builder("sk_test_script").transport(transport).build().unwrap();
    let upload = FileUpload::stream_once("a.txt", 6, Pieces(3, None));
    let prepared = client.prepare(&file::Create::new(upload, "dispute_evidence")).unwrap();
    let _: Json = client.replay(&prepared).await.unwrap();
    assert!(script.seen()[0].text().contains("\r\n\r\nababab\r\n--"));

    let again = client.replay::<Json>(&prepared).await.unwrap_err();
    assert!(format!("{again:?}").contains("already sent"), "{again:?}");
    assert_eq!((script.attempts(), again.outcome()), (1, Outcome::Unknown));
}

#[tokio::test(start_paused = true)]
async fn media_type_cannot_terminate_its_header() {
    let script = Script::answering(|_| ok());
    let client = script.client();
    for media in ["text/plain\r\nX: y", "é", ""] {
        let upload = FileUpload::new("a.txt", "x").content_type(media);
        let prepared = client.prepare(&file::Create::new(upload, "dispute_evidence")).unwrap();
        let body = String::from_utf8_lossy(prepared.body()).into_owned();
        assert!(body.contains("Content-Type: application/octet-stream\r\n\r\nx"), "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn file_with_wrong_length_is_not_sent() {
    for (length, pieces, problem) in
        [(6, Pieces(2, None), "less"), (6, Pieces(4, None), "more"), (6, Pieces(1, Some("disk")), "disk")]
    {
        let script = Script::answering(|_| ok());
        let upload = FileUpload::stream_once("a.txt", length, pieces);
        let error = file::Create::new(upload, "dispute_evidence").send(&script.client()).await.unwrap_err();
        assert!(
            matches!(&error, Error::Connection(e) if e.fault == TransportErrorKind::Request),
            "{error:?}"
        );
        assert!(format!("{error:?}").contains(problem), "{error:?}");
        assert_eq!(error.outcome(), Outcome::NotSent);
        assert_eq!(script.attempts(), 0);
    }
}
