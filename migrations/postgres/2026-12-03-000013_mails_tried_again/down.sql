drop index mails_tried_again;
