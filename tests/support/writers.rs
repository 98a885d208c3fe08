//! People who all add customers, one after another, and remember which were acknowledged.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Instant;

use actix_web::rt::task::JoinHandle;
use reqwest::Method;

use super::actor::{Actor, Fields};

/// Several at work.
pub struct Writers {
    stop: Rc<Cell<bool>>,
    known: Rc<RefCell<Known>>,
    at_work: Vec<JoinHandle<()>>,
}

/// What became of what they sent.
#[derive(Debug, Default, Clone)]
pub struct Known {
    /// Titles of customers whose adding was acknowledged.
    pub acknowledged: Vec<String>,
    /// Titles of which nobody knows: the connection broke.
    pub unknown: Vec<String>,
    /// Answers that said that it cannot be done now, with how long each took in milliseconds.
    pub refused: Vec<(u16, u128)>,
    /// How long the slowest acknowledgement took, in milliseconds.
    pub slowest: u128,
}

impl Writers {
    /// `n` of them, all signed in as `person`, add customers whose titles begin with `prefix`.
    pub async fn start(person: &Actor, n: usize, prefix: &str) -> Self {
        let token = person.token().await;
        Self::with_token(person, &token, n, prefix)
    }

    /// The same with a token of the person's forms, when nobody can be asked for one.
    pub fn with_token(person: &Actor, token: &str, n: usize, prefix: &str) -> Self {
        let (stop, known) = (Rc::new(Cell::new(false)), Rc::new(RefCell::new(Known::default())));
        let write = |writer: usize| {
            let (person, token, prefix) = (person.clone(), token.to_owned(), prefix.to_owned());
            let (stop, known) = (Rc::clone(&stop), Rc::clone(&known));
            actix_web::rt::spawn(async move {
                let mut at = 0;
                while !stop.get() {
                    at += 1;
                    let title = format!("{prefix} {writer}-{at}");
                    if !add(&person, &token, title, &known).await {
                        // Whoever's connection broke waits a moment before the next try.
                        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                    }
                }
            })
        };
        let at_work = (0..n).map(write).collect();
        Self { stop, known, at_work }
    }

    /// How many were acknowledged so far.
    pub fn acknowledged(&self) -> usize {
        self.known.borrow().acknowledged.len()
    }

    /// Lets them go on until this many were acknowledged.
    pub async fn until(&self, n: usize) {
        let since = Instant::now();
        while self.acknowledged() < n {
            assert!(since.elapsed().as_secs() < 60, "only {} instead of {n}: {:?}", self.acknowledged(), self.known);
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    }

    /// Lets them finish what they are at.
    pub async fn stop(self) -> Known {
        self.stop.set(true);
        for one in self.at_work {
            one.await.unwrap();
        }
        self.known.take()
    }
}

async fn add(person: &Actor, token: &str, title: String, known: &RefCell<Known>) -> bool {
    let form: Fields = vec![("csrf".into(), token.to_owned()), ("title".into(), title.clone())];
    let since = Instant::now();
    let answer = person.attempt(Method::POST, "/customers", Some(&form)).await;
    let took = since.elapsed().as_millis();
    let mut known = known.borrow_mut();
    match answer {
        Ok(page) if page.status == 303 => {
            known.acknowledged.push(title);
            known.slowest = known.slowest.max(took);
            true
        }
        Ok(page) => {
            known.refused.push((page.status, took));
            false
        }
        Err(_) => {
            known.unknown.push(title);
            false
        }
    }
}
