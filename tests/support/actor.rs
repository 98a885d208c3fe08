//! Somebody with a browser: keeps cookies, follows links and redirects, fills forms and sends them as a browser does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::cookie::{CookieStore as _, Jar};
use reqwest::header::HeaderValue;
use reqwest::{Client, Method, Url, redirect};

use super::page::is_called;
pub use super::page::{Fields, Page};

/// How long a person reloads a page for what must come before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A person at a browser of their own; clones are more tabs of it.
#[derive(Clone)]
pub struct Actor {
    client: Client,
    jar: Arc<Jar>,
    /// The site's address, without a slash at its end.
    pub base: String,
}

impl Actor {
    /// Somebody new, who knows the site's address.
    pub fn new(base: &str) -> Self {
        let jar = Arc::new(Jar::default());
        let client = Client::builder()
            .cookie_provider(Arc::clone(&jar))
            .redirect(redirect::Policy::none())
            // Before the server closes what is idle, which it may do just when the next request is on its way.
            .pool_idle_timeout(Duration::from_secs(2))
            .user_agent("Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0")
            .build()
            .unwrap();
        Self { client, jar, base: base.into() }
    }

    /// The value of a cookie that the browser holds.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.held(name).map(|(_, value)| value)
    }

    /// The cookie of this name, rather that with a mark behind it than that of an earlier version.
    fn held(&self, name: &str) -> Option<(String, String)> {
        self.cookies().into_iter().filter(|(known, _)| is_called(known, name)).max_by_key(|(known, _)| known.len())
    }

    /// All cookies that the browser holds, by their whole names.
    pub fn cookies(&self) -> Vec<(String, String)> {
        let Some(held) = self.jar.cookies(&Url::parse(&self.base).unwrap()) else { return Vec::new() };
        let pairs = held.to_str().unwrap().split("; ").filter_map(|pair| pair.split_once('='));
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// The name and value of the cookie that forms are bound to before anybody is signed in.
    pub fn visit(&self) -> (String, String) {
        self.cookies().into_iter().find(|(name, _)| name.starts_with("visit-")).unwrap()
    }

    /// Puts a cookie into the browser, as somebody does who stole it, in place of the one of that name.
    pub fn set_cookie(&self, name: &str, value: &str) {
        let name = self.held(name).map_or_else(|| name.to_owned(), |(known, _)| known);
        self.jar.add_cookie_str(&format!("{name}={value}; Path=/"), &Url::parse(&self.base).unwrap());
    }

    /// The same person at the same browser, when the site is somewhere else.
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.into(), ..self.clone() }
    }

    fn url(&self, address: &str) -> String {
        match address.split_once("://") {
            // A link with a public URL of its own leads to the same server.
            Some((_, rest)) => format!("{}/{}", self.base, rest.split_once('/').map_or("", |(_, path)| path)),
            None => format!("{}{address}", self.base),
        }
    }

    /// Opens an address and follows redirects.
    pub async fn get(&self, address: &str) -> Page {
        let first = self.request(Method::GET, address, None, &[]).await;
        self.follow(first).await
    }

    async fn follow(&self, mut page: Page) -> Page {
        for _ in 0..5 {
            let Some(to) = page.headers.get("location").filter(|_| page.status == 303) else { break };
            let to = to.to_str().unwrap().to_owned();
            page = self.request(Method::GET, &to, None, &[]).await;
        }
        page
    }

    /// One request as a browser sends it from a page of the site; redirects are not followed.
    pub async fn request(
        &self,
        method: Method,
        address: &str,
        form: Option<&[(String, String)]>,
        headers: &[(&str, &str)],
    ) -> Page {
        Self::arrived(self.prepared(method, address, form, headers)).await
    }

    /// One request that may come to nothing, because nobody is there to answer or goes away meanwhile.
    ///
    /// # Errors
    /// What is wrong with the connection.
    pub async fn attempt(
        &self,
        method: Method,
        address: &str,
        form: Option<&[(String, String)]>,
    ) -> reqwest::Result<Page> {
        Self::read(self.prepared(method, address, form, &[])).await
    }

    fn prepared(
        &self,
        method: Method,
        address: &str,
        form: Option<&[(String, String)]>,
        headers: &[(&str, &str)],
    ) -> reqwest::RequestBuilder {
        let unsafe_method = !method.is_safe();
        let mut request = self.client.request(method, self.url(address));
        if unsafe_method && !headers.iter().any(|(name, _)| *name == "origin") {
            request = request.header("origin", &self.base).header("sec-fetch-site", "same-origin");
        }
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, HeaderValue::from_str(value).unwrap());
        }
        if let Some(form) = form {
            let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
            request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        }
        request
    }

    /// A page that was asked for on a connection just closed for being idle is asked for again, as browsers do; what is
    /// posted is not.
    async fn arrived(request: reqwest::RequestBuilder) -> Page {
        let again = request.try_clone().filter(|again| {
            let built = again.try_clone().and_then(|request| request.build().ok());
            built.is_some_and(|request| request.method().is_safe())
        });
        match (Self::read(request).await, again) {
            (Err(error), Some(again)) if error.is_request() => Self::read(again).await.unwrap(),
            (answer, _) => answer.unwrap(),
        }
    }

    async fn read(request: reqwest::RequestBuilder) -> reqwest::Result<Page> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let url = response.url().clone();
        let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
        let html = String::from_utf8(response.bytes().await?.to_vec()).unwrap_or_default();
        Ok(Page { status, path, headers, html })
    }

    /// Posts fields as they are, without fetching a form first, and does not follow where it leads.
    pub async fn post(&self, address: &str, fields: &[(String, String)]) -> Page {
        self.request(Method::POST, address, Some(fields), &[]).await
    }

    /// Posts a body of any kind, as no form of ours would.
    pub async fn post_body(&self, address: &str, content_type: &str, body: Vec<u8>) -> Page {
        let request = self.client.post(self.url(address)).header("origin", &self.base);
        let request = request.header("sec-fetch-site", "same-origin");
        Self::arrived(request.header("content-type", content_type).body(body)).await
    }

    /// Asks for an address and receives no more than the beginning of the answer, until what is returned is dropped.
    pub async fn begin(&self, address: &str) -> reqwest::Response {
        let mut answer = self.client.get(self.url(address)).send().await.unwrap();
        assert!(answer.status().is_success());
        answer.chunk().await.unwrap();
        answer
    }

    /// Sends fields and a file as a form made for files does, and follows where it leads.
    pub async fn upload(&self, address: &str, fields: &[(&str, &str)], (name, content): (&str, &[u8])) -> Page {
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend(format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        let head = format!("--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n");
        body.extend(head.bytes());
        body.extend(b"content-type: text/csv\r\n\r\n");
        body.extend(content);
        body.extend(b"\r\n--b--\r\n");
        let first = self.post_body(address, "multipart/form-data; boundary=b", body).await;
        self.follow(first).await
    }

    /// Opens a page, fills its form and sends it.
    pub async fn submit(&self, address: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.get(address).await;
        self.send(&page, fields).await
    }

    /// Fills the form of a page that has these fields, and sends it with its first button.
    pub async fn send(&self, page: &Page, fields: &[(&str, &str)]) -> Page {
        let (action, filled) = page.filled(fields);
        let first = self.post(&action, &filled).await;
        self.follow(first).await
    }

    /// Presses the button with these words, filling nothing.
    pub async fn press(&self, page: &Page, button: &str) -> Page {
        self.fill_and_press(page, &[], button).await
    }

    /// Fills the form of the button with these words, and presses it.
    pub async fn fill_and_press(&self, page: &Page, fields: &[(&str, &str)], button: &str) -> Page {
        let (action, mut posted) = page.button(button);
        posted.retain(|(posted, _)| fields.iter().all(|(name, _)| posted != name));
        posted.extend(fields.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        let first = self.post(&action, &posted).await;
        self.follow(first).await
    }

    /// The token of their forms.
    pub async fn token(&self) -> String {
        let page = self.get("/account").await; // asks to sign in whoever has not
        page.value("input[name=csrf]")
    }

    /// Opens a page again and again until it has these words.
    #[track_caller]
    pub fn get_until<'a>(&'a self, address: &'a str, words: &'a str) -> impl Future<Output = Page> + 'a {
        let (caller, since) = (std::panic::Location::caller(), Instant::now());
        async move {
            loop {
                let page = self.get(address).await;
                if page.text().contains(words) {
                    return page;
                }
                assert!(since.elapsed() < PATIENCE, "{caller}: no {words:?} on {address}:\n{}", page.text());
            }
        }
    }

    /// Fills the form of a page and sends it `n` times at the same moment; the answers as they come, not followed.
    pub async fn send_at_once(&self, page: &Page, fields: &[(&str, &str)], n: usize) -> Vec<Page> {
        let (action, filled) = page.filled(fields);
        at_once((0..n).map(|_| {
            let (actor, action, filled) = (self.clone(), action.clone(), filled.clone());
            async move { actor.post(&action, &filled).await }
        }))
        .await
    }

    /// Signs in.
    pub async fn sign_in(&self, email: &str, password: &str) -> Page {
        self.submit("/sign-in", &[("email", email), ("password", password)]).await
    }
}

/// Does everything at the same moment.
pub async fn at_once<T: 'static>(all: impl IntoIterator<Item = impl Future<Output = T> + 'static>) -> Vec<T> {
    let started: Vec<_> = all.into_iter().map(actix_web::rt::spawn).collect();
    let mut done = Vec::new();
    for one in started {
        done.push(one.await.unwrap());
    }
    done
}
